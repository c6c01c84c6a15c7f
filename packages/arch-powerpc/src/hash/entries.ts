import { alignDown, MIB } from '@memhp/core'
import {
  bitWords,
  type EntryWords,
  fieldMask,
  hasBit,
  maskedNumber,
  orWords,
  wordsOf,
} from '@memhp/core/plugin'
import type { VirtualPage } from './address'

/*
 * An entry of the hash page table, two doublewords (V and R):
 *
 * | word | bit | meaning |
 * | --- | --- | --- |
 * | V | 0 | valid |
 * | V | 1 | secondary: found by the complement of the hash |
 * | V | 2 | large page |
 * | V | 3 | locked, while the kernel changes it (never seen here) |
 * | V | 4 | bolted: never thrown out to make room |
 * | V | 7-61 | abbreviated virtual page number: segment id and offset in it, from 8 MiB up |
 * | V | 62-63 | segment size: 1 for 1 TiB |
 * | R | 0-1, 63 | protection: 0 is reading and writing by the kernel |
 * | R | 2 | no execution |
 * | R | 3-6 | guarded, coherent, caching inhibited, write-through |
 * | R | 7, 8 | changed, referenced |
 * | R | 12-59 | real page number; its low bits tell the size of a large page |
 *
 * Source: series, 5.3; arch/powerpc/include/asm/book3s/64/mmu-hash.h 6.1; Power ISA 2.07, book III-S, 5.7.7.3.
 */
const VALID = 0
const SECONDARY = 1
const LARGE = 2
const BOLTED = 4
const SEGMENT_1T = 62
const NO_EXECUTE = 2
const COHERENT = 4
const CHANGED = 7
const REFERENCED = 8

const AVPN = fieldMask({ from: 7, end: 64 })
const RPN = fieldMask({ from: 12, end: 60 })

/** Kernel memory: 0x194. Executable: 0x190. Always referenced and changed, so that the processor never writes them. */
const READ_WRITE = bitWords(COHERENT, CHANGED, REFERENCED)
const DATA = orWords(READ_WRITE, bitWords(NO_EXECUTE))

/** Physical memory below holds the kernel's text, which may be executed. */
const TEXT_END = 24 * MIB

/** An entry as two 64-bit words. */
export interface HpteWords {
  readonly v: EntryWords
  readonly r: EntryWords
}

/** A page that an entry is to map. */
export interface BoltedPage {
  readonly page: VirtualPage
  readonly pageBytes: number
  /** Physical address in bytes. */
  readonly address: number
}

/**
 * The number by which an entry is found. Pages below 8 MiB share it; their place in the table tells them apart.
 * Source: hpte_encode_avpn, mmu-hash.h 6.1.
 */
function encodeAvpn(page: VirtualPage, pageBytes: number): EntryWords {
  const granule = Math.max(pageBytes, 8 * MIB)
  const eights = alignDown(page.segmentOffset, granule) / (8 * MIB)
  return orWords(wordsOf((page.vsid * 2 ** 17 + eights) * 2 ** 7), bitWords(SEGMENT_1T))
}

/**
 * The entry of a bolted page of kernel memory. The secondary bit is what the processor needs to find the entry;
 * Linux 6.1 forgets it when it bolts an entry in its secondary group (`htab_bolt_mapping`).
 */
export function bolted(mapped: BoltedPage, group: 'primary' | 'secondary'): HpteWords {
  const { page, pageBytes, address } = mapped
  const flags = bitWords(VALID, BOLTED)
  const large = pageBytes > 4096 ? bitWords(LARGE) : bitWords()
  const secondary = group === 'secondary' ? bitWords(SECONDARY) : bitWords()
  const avpn = encodeAvpn(page, pageBytes)
  const access = address < TEXT_END ? READ_WRITE : DATA
  return {
    v: [flags, large, secondary].reduce(orWords, avpn),
    r: orWords(wordsOf(address + sizeCode(pageBytes)), access),
  }
}

/** How the low bits of the real page number tell the size. Source: ibm,segment-page-sizes of POWER8. */
const sizeCode = (pageBytes: number): number => (pageBytes === 65536 ? 0x1000 : 0)

export const isValid = (v: EntryWords): boolean => hasBit(v.low, v.high, VALID)
export const isBolted = (v: EntryWords): boolean => hasBit(v.low, v.high, BOLTED)
export const isSecondary = (v: EntryWords): boolean => hasBit(v.low, v.high, SECONDARY)

/** True if a valid entry has the page's number. */
export function isEntryOf(v: EntryWords, page: VirtualPage, pageBytes: number): boolean {
  const wanted = encodeAvpn(page, pageBytes)
  const isSame =
    (v.low & AVPN.low) >>> 0 === wanted.low && (v.high & AVPN.high) >>> 0 === wanted.high
  return isSame && isValid(v)
}

/** Physical address in bytes that an entry maps. */
export const realAddress = (r: EntryWords, pageBytes: number): number =>
  alignDown(maskedNumber(r.low, r.high, RPN), pageBytes)

/*
 * A group is eight entries in one `Uint32Array`. Entry `i`:
 *
 * | word | holds |
 * | --- | --- |
 * | 4i, 4i + 1 | V, low half and high half |
 * | 4i + 2, 4i + 3 | R, likewise |
 */
export const ENTRIES_PER_GROUP = 8

/** A group in which nothing is valid. */
export const emptyGroup = (): Uint32Array => new Uint32Array(4 * ENTRIES_PER_GROUP)

/** One entry of a group. @param slot 0 to 7 */
export const readEntry = (group: Uint32Array, slot: number): HpteWords => {
  const at = 4 * slot
  return {
    v: { low: group[at] ?? 0, high: group[at + 1] ?? 0 },
    r: { low: group[at + 2] ?? 0, high: group[at + 3] ?? 0 },
  }
}

/** Writes one entry of a group. @param at.slot 0 to 7 */
export function writeEntry(
  at: { readonly group: Uint32Array; readonly slot: number },
  entry: HpteWords | null,
): void {
  const { v, r } = entry ?? { v: bitWords(), r: bitWords() }
  at.group.set([v.low, v.high, r.low, r.high], 4 * at.slot)
}

/** The first slot whose entry passes, or undefined. */
export function findSlot(
  group: Uint32Array,
  passes: (entry: HpteWords) => boolean,
): number | undefined {
  for (let slot = 0; slot < ENTRIES_PER_GROUP; slot++) {
    if (passes(readEntry(group, slot))) return slot
  }
  return undefined
}

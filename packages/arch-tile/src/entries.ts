import {
  bitWords,
  type EntryFormat,
  type EntryWords,
  hasBit,
  orWords,
  type PageTableLevel,
} from '@memhp/core/plugin'

/*
 * Hypervisor page table entries, 8 bytes, bits numbered from the lowest:
 *
 * | bit | |
 * | --- | --- |
 * | 0 | present |
 * | 8 | page: a huge page, above the last level |
 * | 9, 11, 12 | global, accessed, dirty |
 * | 32-34 | readable, writable, executable |
 * | 35-63 | page-table frame: the address in units of 2 KiB |
 *
 * An entry that names a table is present and nothing else. The bits that say where lines are cached (16 to 31) are left out.
 * Source: hv/hypervisor.h, asm/pgtable.h (_PAGE_KERNEL, _PAGE_TABLE), arch/tile 3.6; series, section 5.8.
 */
const PRESENT = 0
const PAGE = 8
const KERNEL_PAGE = bitWords(PRESENT, 9, 11, 12, 32, 33)
const KERNEL_HUGE_PAGE = bitWords(PRESENT, PAGE, 9, 11, 12, 32, 33)
const TABLE = bitWords(PRESENT)

/** Bits of the upper word that are not the frame's. */
const FLAGS_OF_HIGH = 8
/** The frame is in the upper word, at bit 3 of it, in units of 2 KiB: an address is 2^8 times the word. */
const HIGH_UNIT = 256

const LETTERS = [
  ['P', PRESENT, 'present'],
  ['H', PAGE, 'huge page'],
  ['G', 9, 'global'],
  ['R', 32, 'readable'],
  ['W', 33, 'writable'],
  ['X', 34, 'executable'],
] as const

const frameWords = (address: number): EntryWords => ({ low: 0, high: address / HIGH_UNIT })

/** Entries of L0, L1 and L2 tables. @param levels top first */
export function tileEntries(levels: readonly PageTableLevel[]): EntryFormat {
  const last = levels.length - 1
  return {
    none: () => ({ low: 0, high: 0 }),
    table: (address) => orWords(frameWords(address), TABLE),
    leaf: (address, levelIndex) =>
      orWords(frameWords(address), levelIndex === last ? KERNEL_PAGE : KERNEL_HUGE_PAGE),
    isNone: (low, high) => low === 0 && high === 0,
    isLeaf: (low, high, levelIndex) => levelIndex === last || hasBit(low, high, PAGE),
    address: (_, high) => (high - (high % FLAGS_OF_HIGH)) * HIGH_UNIT,
    flags: (low, high) =>
      LETTERS.map(([letter, bit]) => (hasBit(low, high, bit) ? letter : '-')).join(''),
    flagMeanings: Object.fromEntries(LETTERS.map(([letter, , meaning]) => [letter, meaning])),
  }
}

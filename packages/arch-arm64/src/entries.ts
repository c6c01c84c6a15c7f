import {
  bitWords,
  type EntryFormat,
  type EntryWords,
  fieldMask,
  hasBit,
  maskedNumber,
  orWords,
  type PageTableLevel,
  wordsOf,
} from '@memhp/core/plugin'

/*
 * A descriptor of a translation table, as the kernel writes it for its own memory:
 *
 * | bit | letter | meaning |
 * | --- | --- | --- |
 * | 0 | V | valid |
 * | 1 | | a table, or in a table of the last level a page; clear: a block |
 * | 2-4 | | index of the memory attributes: 0 normal memory |
 * | 6 | U | user |
 * | 7 | R | read only |
 * | 8-9 | | shareability, 3: inner; with 52 bits and pages of 4 or 16 KiB bits 50 and 51 of the address |
 * | 10 | A | access flag |
 * | 11 | N | not global |
 * | 12-15 | | with 52 bits and pages of 64 KiB bits 48 to 51 of the address |
 * | from the page's | | address, up to bit 49 (4 and 16 KiB pages, 52 bits) or 47 |
 * | 51 | W | may be written (dirty bit management) |
 * | 52 | C | contiguous: one of a run |
 * | 53 | P | not executable by the kernel |
 * | 54 | X | not executable by programs |
 * | 55 | D | dirty (software) |
 * | 59, 60 | | in an entry that points at a table: nothing below is executable by the kernel, by programs |
 *
 * Source: spec 7.4; Arm Architecture Reference Manual, D8.3; arch/arm64/include/asm/pgtable-hwdef.h 6.1.
 */
const VALID = 0
const TABLE = 1
const USER = 6
const READ_ONLY = 7
const SHAREABLE = [8, 9]
const ACCESSED = 10
const NOT_GLOBAL = 11
const WRITABLE = 51
const CONTIGUOUS = 52
const KERNEL_NO_EXECUTE = 53
const USER_NO_EXECUTE = 54
const DIRTY = 55
const TABLE_NO_EXECUTE = [59, 60]

/** The bit by which a run of entries is one leaf. */
export const CONTIGUOUS_BIT: number = CONTIGUOUS

/** Where an entry has the upper bits of an address. */
export interface AddressField {
  /** First bit of the address that does not stand in its place; of an entry, the bits in its place end there. */
  readonly end: number
  /** Bit of the entry that has bit `end` of the address; the others follow. Null: there are none. */
  readonly upperAt: number | null
}

/** Bits of the widest address. */
const ADDRESS_BITS = 52

const LETTERS: readonly (readonly [letter: string, bit: number, meaning: string])[] = [
  ['V', VALID, 'valid'],
  ['C', CONTIGUOUS, 'contiguous'],
  ['U', USER, 'user'],
  ['R', READ_ONLY, 'read only'],
  ['W', WRITABLE, 'may be written'],
  ['A', ACCESSED, 'accessed'],
  ['D', DIRTY, 'dirty'],
  ['N', NOT_GLOBAL, 'not global'],
  ['P', KERNEL_NO_EXECUTE, 'not executable by the kernel'],
  ['X', USER_NO_EXECUTE, 'not executable by programs'],
]

/** Descriptors of translation tables of these levels, top first. */
export function entryFormat(levels: readonly PageTableLevel[], field: AddressField): EntryFormat {
  const { end, upperAt } = field
  const last = levels.length - 1
  const moved = 2 ** end
  const low = fieldMask({ from: levels[last]?.shift ?? 12, end })
  const leafBits = bitWords(
    VALID,
    ...(upperAt === SHAREABLE[0] ? [] : SHAREABLE),
    ACCESSED,
    WRITABLE,
    KERNEL_NO_EXECUTE,
    USER_NO_EXECUTE,
    DIRTY,
  )
  const pageBits = orWords(leafBits, bitWords(TABLE))
  const tableBits = bitWords(VALID, TABLE, ...TABLE_NO_EXECUTE)
  const addressWords = (address: number): EntryWords => {
    const upper = Math.floor(address / moved)
    const words = wordsOf(address - upper * moved)
    return upperAt === null || upper === 0 ? words : orWords(words, wordsOf(upper * 2 ** upperAt))
  }
  const upperMask =
    upperAt === null ? null : fieldMask({ from: upperAt, end: upperAt + ADDRESS_BITS - end })
  const isLeaf = (lowWord: number, highWord: number, levelIndex: number): boolean =>
    levelIndex === last || !hasBit(lowWord, highWord, TABLE)
  return {
    none: () => ({ low: 0, high: 0 }),
    table: (address) => orWords(addressWords(address), tableBits),
    leaf: (address, levelIndex) =>
      orWords(addressWords(address), levelIndex === last ? pageBits : leafBits),
    isNone: (lowWord, highWord) => !hasBit(lowWord, highWord, VALID),
    isLeaf,
    address(lowWord, highWord) {
      const inPlace = maskedNumber(lowWord, highWord, low)
      if (upperMask === null || upperAt === null) return inPlace
      return inPlace + (maskedNumber(lowWord, highWord, upperMask) / 2 ** upperAt) * moved
    },
    flags: (lowWord, highWord) =>
      LETTERS.map(([letter, bit]) => (hasBit(lowWord, highWord, bit) ? letter : '-')).join(''),
    flagMeanings: Object.fromEntries(LETTERS.map(([letter, , meaning]) => [letter, meaning])),
  }
}

import {
  bitWords,
  type EntryFormat,
  type EntryWords,
  fieldMask,
  hasBit,
  lacksBits,
  maskedNumber,
  orWords,
  wordsOf,
} from '@memhp/core/plugin'

/*
 * A page-table entry of x86-64:
 *
 * | bit | letter | meaning |
 * | --- | --- | --- |
 * | 0 | | present |
 * | 1 | W | writable |
 * | 2 | U | user |
 * | 3 | T | write-through |
 * | 4 | C | cache disabled |
 * | 5 | A | accessed |
 * | 6 | D | dirty |
 * | 7 | P | large leaf (PUD, PMD); page attribute in a PTE |
 * | 8 | G | global |
 * | 12 | | page attribute in a large leaf |
 * | 12-51 | | physical address; of a large leaf only from its own size up |
 * | 59-62 | | protection key |
 * | 63 | X | no execution |
 *
 * Source: spec 7.4; arch/x86/include/asm/pgtable_types.h 6.1; letters: QEMU, `info tlb`.
 */
const PRESENT = 0
const WRITABLE = 1
const USER = 2
const WRITE_THROUGH = 3
const CACHE_DISABLED = 4
const ACCESSED = 5
const DIRTY = 6
const LARGE = 7
const GLOBAL = 8
const NO_EXECUTE = 63

/** Kernel memory, written before it is first used: 0x8000000000000163. */
const BASE_LEAF = bitWords(PRESENT, WRITABLE, ACCESSED, DIRTY, GLOBAL, NO_EXECUTE)
/** The same as a large leaf: 0x80000000000001e3. */
const LARGE_LEAF = orWords(BASE_LEAF, bitWords(LARGE))
/** A table: 0x67. */
const TABLE = bitWords(PRESENT, WRITABLE, USER, ACCESSED, DIRTY)
/** Set by mistake in empty entries by some processors (an erratum), so they do not count. */
const STRAY = bitWords(ACCESSED, DIRTY)
const NOT_STRAY: EntryWords = {
  low: 2 ** 32 - 1 - STRAY.low,
  high: 2 ** 32 - 1 - STRAY.high,
}

const ADDRESS_END = 52
const TABLE_ADDRESS = fieldMask({ from: 12, end: ADDRESS_END })

const LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ['X', NO_EXECUTE],
  ['G', GLOBAL],
  ['P', LARGE],
  ['D', DIRTY],
  ['A', ACCESSED],
  ['C', CACHE_DISABLED],
  ['T', WRITE_THROUGH],
  ['U', USER],
  ['W', WRITABLE],
]

/**
 * Entries of tables whose levels have these shifts, top first.
 * @param shifts log2 of the bytes that an entry of each level spans
 */
export function entryFormat(shifts: readonly number[]): EntryFormat {
  const last = shifts.length - 1
  const leafAddress = shifts.map((from) => fieldMask({ from, end: ADDRESS_END }))
  const isLeaf = (low: number, high: number, levelIndex: number): boolean =>
    levelIndex === last || hasBit(low, high, LARGE)
  return {
    none: () => ({ low: 0, high: 0 }),
    table: (tableAddress) => orWords(wordsOf(tableAddress), TABLE),
    leaf: (address, levelIndex) =>
      orWords(wordsOf(address), levelIndex === last ? BASE_LEAF : LARGE_LEAF),
    isNone: (low, high) => lacksBits(low, high, NOT_STRAY),
    isLeaf,
    address: (low, high, levelIndex) => {
      const mask = isLeaf(low, high, levelIndex) ? leafAddress[levelIndex] : undefined
      return maskedNumber(low, high, mask ?? TABLE_ADDRESS)
    },
    flags: (low, high, levelIndex) =>
      LETTERS.map(([letter, bit]) => {
        const isAttribute = bit === LARGE && levelIndex === last
        return hasBit(low, high, bit) && !isAttribute ? letter : '-'
      }).join(''),
  }
}

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
 * An entry of a page table, as the kernel writes it for its own memory:
 *
 * | bit | letter | meaning |
 * | --- | --- | --- |
 * | 0 | V | valid |
 * | 1 | D | dirty: may be written |
 * | 2-3 | U | privilege level: 0 the kernel, 3 programs |
 * | 4-5 | C | cached coherently: 1 |
 * | 6 | | of a page: global; above the last level H: a leaf |
 * | 7 | P | present |
 * | 8 | W | writable |
 * | 9 | M | modified |
 * | 12 | G | of a leaf above the last level: global; else of the address |
 * | 12-47 | | address of the page, of a leaf from its size on |
 * | 61 | R | not readable |
 * | 62 | X | not executable |
 *
 * An entry that points at a table is that table's address in the window at 9000000000000000. One that is empty points at a table
 * of empty entries, of a sort for each level; an empty entry of a page is global and nothing else.
 * Source: spec 7.4; arch/loongarch/include/asm/pgtable-bits.h, pgtable.h 6.12; recorded tables.
 */
const VALID = 0
const DIRTY = 1
const CACHED = 4
const GLOBAL = 6
const HUGE = 6
const PRESENT = 7
const WRITE = 8
const HUGE_GLOBAL = 12
const ADDRESS_END = 48

/** First byte of the window that the kernel has all memory in. */
export const WINDOW = 0x9000_0000_0000_0000n

const WINDOW_HIGH = Number(WINDOW >> 32n)

const LETTERS: readonly (readonly [letter: string, bit: number, meaning: string])[] = [
  ['V', VALID, 'valid'],
  ['D', DIRTY, 'dirty'],
  ['U', 2, 'programs'],
  ['C', CACHED, 'cached'],
  ['H', HUGE, 'a leaf above the last level'],
  ['G', GLOBAL, 'global'],
  ['P', PRESENT, 'present'],
  ['W', WRITE, 'writable'],
  ['M', 9, 'modified'],
  ['R', 61, 'not readable'],
  ['X', 62, 'not executable'],
]

/** Entries of these levels, top first. @param invalidEnd where the tables of empty entries end, in bytes: there is no memory */
export function entryFormat(levels: readonly PageTableLevel[], invalidEnd: number): EntryFormat {
  const last = levels.length - 1
  const pageBytes = 2 ** (levels[last]?.shift ?? 0)
  const pageBits = bitWords(VALID, DIRTY, CACHED, GLOBAL, PRESENT, WRITE)
  const leafBits = orWords(pageBits, bitWords(HUGE_GLOBAL))
  const emptyPage = bitWords(GLOBAL)
  const addresses = levels.map(({ shift }) => fieldMask({ from: shift, end: ADDRESS_END }))
  const tableAddress = addresses[last] ?? bitWords()
  const inWindow = (address: number): EntryWords => {
    const { low, high } = wordsOf(address)
    return { low, high: (high | WINDOW_HIGH) >>> 0 }
  }
  const empty = levels.map((_, i) =>
    i === last ? emptyPage : inWindow(invalidEnd - (last - i) * pageBytes),
  )
  const none = (levelIndex: number): EntryWords => empty[levelIndex] ?? emptyPage
  const isLeaf = (low: number, high: number, levelIndex: number): boolean =>
    levelIndex === last || hasBit(low, high, HUGE)
  return {
    none,
    table: inWindow,
    leaf: (address, levelIndex) =>
      orWords(wordsOf(address), levelIndex === last ? pageBits : leafBits),
    isNone(low, high, levelIndex) {
      const { low: emptyLow, high: emptyHigh } = none(levelIndex)
      if (levelIndex < last) return low === emptyLow && high === emptyHigh
      // Global or not.
      return high === 0 && (low | emptyLow) >>> 0 === emptyLow
    },
    isLeaf,
    address(low, high, levelIndex) {
      const field = isLeaf(low, high, levelIndex) ? addresses[levelIndex] : undefined
      return maskedNumber(low, high, field ?? tableAddress)
    },
    flags(low, high, levelIndex) {
      const isLarge = levelIndex < last
      const isSet = (letter: string, bit: number): boolean => {
        if (letter === 'H') return isLarge && hasBit(low, high, bit)
        return hasBit(low, high, letter === 'G' && isLarge ? HUGE_GLOBAL : bit)
      }
      return LETTERS.map(([letter, bit]) => (isSet(letter, bit) ? letter : '-')).join('')
    },
    flagMeanings: Object.fromEntries(LETTERS.map(([letter, , meaning]) => [letter, meaning])),
  }
}

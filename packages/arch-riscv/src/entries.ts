import {
  bitWords,
  type EntryFormat,
  type EntryWords,
  fieldMask,
  hasBit,
  lacksBits,
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
 * | 1, 2, 3 | R, W, X | readable, writable, executable; with none of them: a table |
 * | 4 | U | programs |
 * | 5 | G | global |
 * | 6 | A | accessed |
 * | 7 | D | dirty |
 * | 8-9 | | software |
 * | 10-53 | | page number: the address without its last 12 bits |
 * | 61-62 | | memory type: 0 |
 *
 * Source: spec 7.4; arch/riscv/include/asm/pgtable-bits.h, pgtable-64.h 6.12; The RISC-V Instruction Set Manual, volume II.
 */
const VALID = 0
const READABLE = 1
const WRITABLE = 2
const EXECUTABLE = 3
const GLOBAL = 5
const ACCESSED = 6
const DIRTY = 7

/** Bits that a page number stands below its address. */
const NUMBER_SHIFT = 2
const NUMBER = { from: 10, end: 54 }

const LETTERS: readonly (readonly [letter: string, bit: number, meaning: string])[] = [
  ['V', VALID, 'valid'],
  ['R', READABLE, 'readable'],
  ['W', WRITABLE, 'writable'],
  ['X', EXECUTABLE, 'executable'],
  ['U', 4, 'programs'],
  ['G', GLOBAL, 'global'],
  ['A', ACCESSED, 'accessed'],
  ['D', DIRTY, 'dirty'],
]

const NONE: EntryWords = { low: 0, high: 0 }

/** Entries of these levels, top first. */
export function entryFormat(levels: readonly PageTableLevel[]): EntryFormat {
  const last = levels.length - 1
  const tableBits = bitWords(VALID)
  const leafBits = bitWords(VALID, READABLE, WRITABLE, GLOBAL, ACCESSED, DIRTY)
  const leafMark = bitWords(READABLE, WRITABLE, EXECUTABLE)
  const tableNumber = fieldMask(NUMBER)
  const leafNumbers = levels.map(({ shift }) =>
    fieldMask({ from: shift - NUMBER_SHIFT, end: NUMBER.end }),
  )
  const isLeaf = (low: number, high: number, levelIndex: number): boolean =>
    levelIndex === last || !lacksBits(low, high, leafMark)
  const withBits = (address: number, bits: EntryWords): EntryWords =>
    orWords(wordsOf(address / 2 ** NUMBER_SHIFT), bits)
  return {
    none: () => NONE,
    table: (address) => withBits(address, tableBits),
    leaf: (address) => withBits(address, leafBits),
    isNone: (low, high) => low === 0 && high === 0,
    isLeaf,
    address(low, high, levelIndex) {
      const field = isLeaf(low, high, levelIndex) ? leafNumbers[levelIndex] : undefined
      return maskedNumber(low, high, field ?? tableNumber) * 2 ** NUMBER_SHIFT
    },
    flags: (low, high) =>
      LETTERS.map(([letter, bit]) => (hasBit(low, high, bit) ? letter : '-')).join(''),
    flagMeanings: Object.fromEntries(LETTERS.map(([letter, , meaning]) => [letter, meaning])),
  }
}

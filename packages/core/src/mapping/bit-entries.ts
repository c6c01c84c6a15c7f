import type { EntryFormat, EntryWords, PageTableLevel } from '../model/page-table-geometry'
import {
  ALL_BITS,
  bitWords,
  clearWords,
  fieldMask,
  hasBit,
  lacksBits,
  maskedNumber,
  numberWith,
} from './words'

/** A letter by which people know a bit of an entry, the bit, and what it means where it is set. @beta */
export type BitLetter = readonly [letter: string, bit: number, meaning: string]

/** 64-bit entries told apart by bits, which are numbered from 0. The empty entry is zero. @beta */
export interface EntryBits {
  /** Bits that are set in an entry that points at a table. */
  readonly table: readonly number[]
  /** Bits that are set in an entry of the last level, which maps a base page. */
  readonly leaf: readonly number[]
  /** Bits that are set in a leaf above the last level; default: those of `leaf`. */
  readonly largeLeaf?: readonly number[]
  /** Above the last level, an entry with any of these bits is a leaf; one without is a table. */
  readonly leafMark: readonly number[]
  /** Bits that do not make an empty entry count as one that maps something. */
  readonly stray?: readonly number[]
  /** The physical address, each bit in its place: of a table from bit `from`, of a leaf from that of its size. */
  readonly address: { readonly from: number; readonly end: number }
  /** What `flags` prints, in this order, a dash for a bit that is clear. */
  readonly letters?: readonly BitLetter[]
}

const NONE: EntryWords = { low: 0, high: 0 }

/**
 * The entry format of an architecture whose entries are told apart by bits.
 * @param levels of its tables, top first
 * @beta
 */
export function bitEntries(levels: readonly PageTableLevel[], bits: EntryBits): EntryFormat {
  const { leafMark, letters = [] } = bits
  const { from, end } = bits.address
  const last = levels.length - 1
  const [table, leaf] = [bitWords(...bits.table), bitWords(...bits.leaf)]
  const mark = bitWords(...leafMark)
  const largeLeaf = bits.largeLeaf === undefined ? leaf : bitWords(...bits.largeLeaf)
  const counting = clearWords(ALL_BITS, bitWords(...(bits.stray ?? [])))
  const tableAddress = fieldMask({ from, end })
  const leafAddress = levels.map(({ shift }) => fieldMask({ from: Math.max(from, shift), end }))
  const isLeaf = (low: number, high: number, levelIndex: number): boolean =>
    levelIndex === last || !lacksBits(low, high, mark)
  return {
    none: () => NONE,
    table: (address) => numberWith(address, table),
    leaf: (address, levelIndex) => numberWith(address, levelIndex === last ? leaf : largeLeaf),
    isNone: (low, high) => lacksBits(low, high, counting),
    isLeaf,
    address: (low, high, levelIndex) => {
      const mask = isLeaf(low, high, levelIndex) ? leafAddress[levelIndex] : undefined
      return maskedNumber(low, high, mask ?? tableAddress)
    },
    flags: (low, high, levelIndex) => {
      // In a base page's entry a mark that is not one of its bits has another meaning.
      const isMeant = (bit: number): boolean =>
        levelIndex < last || bits.leaf.includes(bit) || !leafMark.includes(bit)
      const isShown = (bit: number): boolean => hasBit(low, high, bit) && isMeant(bit)
      return letters.map(([letter, bit]) => (isShown(bit) ? letter : '-')).join('')
    },
    flagMeanings: Object.fromEntries(letters.map(([letter, , meaning]) => [letter, meaning])),
  }
}

import type {
  EntryBits,
  EntryFormat,
  EntryWords,
  PageTableLevel,
} from '../model/page-table-geometry'
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

const NONE: EntryWords = { low: 0, high: 0 }

/**
 * The entry format of an architecture whose entries are told apart by bits.
 * @param levels of its tables, top first
 * @beta
 */
export function bitEntries(levels: readonly PageTableLevel[], bits: EntryBits): EntryFormat {
  const { leafMark = [], stray = [], letters = [] } = bits
  const { from, end } = bits.address
  const last = levels.length - 1
  const table = bitWords(...bits.table)
  const leaf = bitWords(...bits.leaf)
  const largeLeaf = bitWords(...(bits.largeLeaf ?? bits.leaf))
  const mark = bitWords(...leafMark)
  const counting = clearWords(ALL_BITS, bitWords(...stray))
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
    bits,
  }
}

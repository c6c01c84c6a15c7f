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
 * Entries of DAT tables. Bits are numbered from the lowest here, as everywhere in memhp; the architecture's books number
 * them from the highest.
 *
 * | bit | page table | segment table | region table |
 * | --- | --- | --- | --- |
 * | 0-1 | 0 present (software) | | 3: the table below has all its entries |
 * | 2-3 | young, dirty (software) | type 0 | type: R2 2, R3 1 |
 * | 4-5 | read, write (software) | 5 invalid | 5 invalid |
 * | 8 | no execution | no execution, of a leaf | likewise |
 * | 9 | read only | read only, of a leaf | likewise |
 * | 10 | invalid | leaf of 1 MiB (format control) | R3: leaf of 2 GiB |
 * | from | 12 page | 11 page table, 20 of a leaf | 12 table, R3: 31 of a leaf |
 *
 * An empty entry is invalid and keeps the type of its table: 0x400, 0x20, 0x24, 0x28.
 * Software bits of large leaves are left out.
 * Source: spec 7.4; series, section 5.4; z/Architecture Principles of Operation, Dynamic Address Translation.
 */
const PRESENT = 0
const TYPE_BITS: Readonly<Record<string, readonly number[]>> = { R2: [3], R3: [2], SEG: [] }
const ALL_ENTRIES = [0, 1]
const NO_EXECUTE = 8
const READ_ONLY = 9
const PAGE_INVALID = 10
const TABLE_INVALID = 5
const LARGE = 10
/** Present, young, dirty, read, write, no execution: 0x13d. */
const KERNEL_PAGE = [PRESENT, 2, 3, 4, 5, NO_EXECUTE]
/** A page table is aligned to its 2 KiB, other tables to a page. */
const FIRST_ADDRESS_BIT = { pageTable: 11, table: 12 }

/** What entries of one level are made of. */
interface Level {
  readonly none: EntryWords
  readonly table: EntryWords
  readonly leaf: EntryWords
  readonly tableAddress: EntryWords
  readonly leafAddress: EntryWords
}

const pageLevel = (shift: number): Level => ({
  none: bitWords(PAGE_INVALID),
  table: bitWords(),
  leaf: bitWords(...KERNEL_PAGE),
  tableAddress: bitWords(),
  leafAddress: fieldMask({ from: shift, end: 64 }),
})

function tableLevel({ name, shift }: PageTableLevel): Level {
  const type = TYPE_BITS[name] ?? []
  const isSegment = name === 'SEG'
  const from = isSegment ? FIRST_ADDRESS_BIT.pageTable : FIRST_ADDRESS_BIT.table
  return {
    none: bitWords(TABLE_INVALID, ...type),
    table: bitWords(...type, ...(isSegment ? [] : ALL_ENTRIES)),
    leaf: bitWords(LARGE, NO_EXECUTE, ...type),
    tableAddress: fieldMask({ from, end: 64 }),
    leafAddress: fieldMask({ from: shift, end: 64 }),
  }
}

/** Entries of region, segment and page tables. @param levels named `R2`, `R3`, `SEG`, `PTE`, top first */
export function entryFormat(levels: readonly PageTableLevel[]): EntryFormat {
  const last = levels.length - 1
  const parts = levels.map((level, i) => (i === last ? pageLevel(level.shift) : tableLevel(level)))
  const part = (levelIndex: number): Level => parts[levelIndex] ?? pageLevel(12)
  const isLeaf = (low: number, high: number, levelIndex: number): boolean =>
    levelIndex === last || hasBit(low, high, LARGE)
  return {
    none: (levelIndex) => part(levelIndex).none,
    table: (address, levelIndex) => orWords(wordsOf(address), part(levelIndex).table),
    leaf: (address, levelIndex) => orWords(wordsOf(address), part(levelIndex).leaf),
    isNone: (low, high, levelIndex) =>
      levelIndex === last
        ? hasBit(low, high, PAGE_INVALID) && !hasBit(low, high, PRESENT)
        : hasBit(low, high, TABLE_INVALID),
    isLeaf,
    address(low, high, levelIndex) {
      const { leafAddress, tableAddress } = part(levelIndex)
      return maskedNumber(low, high, isLeaf(low, high, levelIndex) ? leafAddress : tableAddress)
    },
    flags(low, high, levelIndex) {
      const large = levelIndex < last && hasBit(low, high, LARGE) ? 'L' : '-'
      const readOnly = hasBit(low, high, READ_ONLY) ? 'P' : '-'
      return large + readOnly + (hasBit(low, high, NO_EXECUTE) ? 'N' : '-')
    },
    flagMeanings: { L: 'large page', P: 'read only', N: 'no-execute' },
  }
}

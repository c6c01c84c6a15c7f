import { GIB, KIB, MIB, TIB } from '../../src/address/units'
import { LEAF_RUNS } from '../../src/mapping/leaf-run-marking'
import { LEAF_TABLES } from '../../src/mapping/leaf-table-keeping'
import { SHARED_TABLE_PAGES } from '../../src/mapping/shared-table-pages'
import { tableLevels } from '../../src/mapping/table-levels'
import type { MappedArch } from '../../src/mapping/table-shape'
import {
  bitWords,
  fieldMask,
  hasBit,
  maskedNumber,
  orWords,
  wordsOf,
} from '../../src/mapping/words'
import type { EntryFormat, PageTableGeometry } from '../../src/model/page-table-geometry'

/** Architectures of four kinds, so that nothing in the walker can lean on one of them. */

interface FormatNumbers {
  readonly present: number
  readonly large: number
  readonly lastLevel: number
  /** First bit of an address; default: that of a page of 4 KiB. */
  readonly addressBit?: number
}

/** Present bit and large bit, as on x86; the empty entry is zero. */
const zeroFormat = ({ present, large, lastLevel, addressBit = 12 }: FormatNumbers): EntryFormat => {
  const address = fieldMask({ from: addressBit, end: 53 })
  return {
    none: () => ({ low: 0, high: 0 }),
    table: (at) => orWords(wordsOf(at), bitWords(present)),
    leaf: (at, level) =>
      orWords(wordsOf(at), level === lastLevel ? bitWords(present) : bitWords(present, large)),
    isNone: (low, high) => low === 0 && high === 0,
    isLeaf: (low, high, level) => level === lastLevel || hasBit(low, high, large),
    address: (low, high) => maskedNumber(low, high, address),
    flags: (low, high, level) => `${level}${hasBit(low, high, large) ? 'L' : '-'}`,
  }
}

/** Invalid bit as on s390: the empty entry is not zero, and the upper levels have another bit than the last. */
const invalidBitFormat = (lastLevel: number): EntryFormat => {
  const address = fieldMask({ from: 12, end: 53 })
  // Page tables are of half a page.
  const tableAddress = fieldMask({ from: 11, end: 53 })
  const invalid = (level: number): number => (level === lastLevel ? 10 : 5)
  const isLeaf = (low: number, high: number, level: number): boolean =>
    level === lastLevel || hasBit(low, high, 10)
  return {
    none: (level) => bitWords(invalid(level)),
    table: (at) => wordsOf(at),
    leaf: (at, level) =>
      orWords(wordsOf(at), level === lastLevel ? bitWords(4, 9) : bitWords(4, 10)),
    isNone: (low, high, level) => hasBit(low, high, invalid(level)) && !hasBit(low, high, 4),
    isLeaf,
    address: (low, high, level) =>
      maskedNumber(low, high, isLeaf(low, high, level) ? address : tableAddress),
  }
}

/** An arch whose two regions are in its tables. */
const archOf = (what: {
  readonly pageShift: number
  readonly maxPhysMemBits: number
  readonly tables: PageTableGeometry
  readonly direct: { readonly base: bigint; readonly leaves: readonly number[] }
  readonly vmemmap: { readonly base: bigint; readonly leaves: readonly number[] }
}): MappedArch => ({
  geometry: {
    pageShift: what.pageShift,
    maxPhysMemBits: what.maxPhysMemBits,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  mapping: {
    tables: what.tables,
    direct: { kind: 'radix', ...what.direct },
    vmemmap: { kind: 'radix', ...what.vmemmap },
  },
})

/** 9/9/9/9 + 12. PUD tables stay. */
export const FOUR_LEVELS: MappedArch = archOf({
  pageShift: 12,
  maxPhysMemBits: 46,
  tables: {
    levels: tableLevels(12, [
      { name: 'PGD', indexBits: 9 },
      { name: 'PUD', indexBits: 9 },
      { name: 'PMD', indexBits: 9 },
      { name: 'PTE', indexBits: 9 },
    ]),
    permanentTables: ['PUD'],
    bootFrameBase: 64 * TIB,
    flush: 'all',
    entries: zeroFormat({ present: 0, large: 7, lastLevel: 3 }),
  },
  direct: { base: 0xffff_8880_0000_0000n, leaves: [GIB, 2 * MIB, 4 * KIB] },
  vmemmap: { base: 0xffff_ea00_0000_0000n, leaves: [2 * MIB, 4 * KIB] },
})

/** Four levels, whose PUD tables all come at boot. */
const FROM_BOOT: MappedArch = {
  ...FOUR_LEVELS,
  mapping: {
    ...FOUR_LEVELS.mapping,
    ...(FOUR_LEVELS.mapping.tables && {
      tables: { ...FOUR_LEVELS.mapping.tables, secondTables: 'at-boot' },
    }),
  },
}

/** Four levels, with struct pages of another size. */
export const withStructPages = (structPageBytes: number): MappedArch => ({
  ...FOUR_LEVELS,
  geometry: { ...FOUR_LEVELS.geometry, structPageBytes },
})

/** 9/9/9/9/9 + 12. P4D tables stay. */
export const FIVE_LEVELS: MappedArch = archOf({
  pageShift: 12,
  maxPhysMemBits: 52,
  tables: {
    levels: tableLevels(12, [
      { name: 'PGD', indexBits: 9 },
      { name: 'P4D', indexBits: 9 },
      { name: 'PUD', indexBits: 9 },
      { name: 'PMD', indexBits: 9 },
      { name: 'PTE', indexBits: 9 },
    ]),
    permanentTables: ['P4D'],
    bootFrameBase: 2 ** 52 - 128 * TIB,
    flush: 'all',
    entries: zeroFormat({ present: 0, large: 7, lastLevel: 4 }),
  },
  direct: { base: 0xff11_0000_0000_0000n, leaves: [GIB, 2 * MIB, 4 * KIB] },
  vmemmap: { base: 0xffd4_0000_0000_0000n, leaves: [2 * MIB, 4 * KIB] },
})

/** 13/9/9/5 + 16: tables of 64 KiB and of 256 bytes. No table stays. */
export const RADIX: MappedArch = archOf({
  pageShift: 16,
  maxPhysMemBits: 51,
  tables: {
    levels: tableLevels(16, [
      { name: 'PGD', indexBits: 13 },
      { name: 'PUD', indexBits: 9 },
      { name: 'PMD', indexBits: 9 },
      { name: 'PTE', indexBits: 5 },
    ]),
    permanentTables: [],
    bootFrameBase: 2 ** 51,
    entries: zeroFormat({ present: 63, large: 62, lastLevel: 3 }),
    leafTables: LEAF_TABLES,
  },
  direct: { base: 0xc000_0000_0000_0000n, leaves: [GIB, 2 * MIB, 64 * KIB] },
  vmemmap: { base: 0xc00c_0000_0000_0000n, leaves: [2 * MIB, 64 * KIB] },
})

/** The same, where 16 PMD tables share a page, and 256 PTE tables do. */
const FRAGMENTS: MappedArch = {
  ...RADIX,
  mapping: {
    ...RADIX.mapping,
    tables: {
      levels: tableLevels(16, [
        { name: 'PGD', indexBits: 13 },
        { name: 'PUD', indexBits: 9 },
        { name: 'PMD', indexBits: 9, tablesPerPage: 16 },
        { name: 'PTE', indexBits: 5, tablesPerPage: 256 },
      ]),
      permanentTables: [],
      bootFrameBase: 2 ** 51,
      entries: zeroFormat({ present: 63, large: 62, lastLevel: 3, addressBit: 8 }),
      leafTables: LEAF_TABLES,
      sharing: SHARED_TABLE_PAGES,
    },
  },
}

/** 9/9/9/9 + 12, where 16 PMD entries or 16 PTE entries can be one leaf: as arm64. */
export const RUNS: MappedArch = archOf({
  pageShift: 12,
  maxPhysMemBits: 46,
  tables: {
    levels: tableLevels(12, [
      { name: 'PGD', indexBits: 9 },
      { name: 'PUD', indexBits: 9 },
      { name: 'PMD', indexBits: 9, run: { entries: 16, markBit: 55, marking: LEAF_RUNS } },
      { name: 'PTE', indexBits: 9, run: { entries: 16, markBit: 55, marking: LEAF_RUNS } },
    ]),
    permanentTables: [],
    bootFrameBase: 64 * TIB,
    entries: zeroFormat({ present: 0, large: 54, lastLevel: 3 }),
    leafTables: LEAF_TABLES,
  },
  direct: {
    base: 0xffff_0000_0000_0000n,
    leaves: [GIB, 32 * MIB, 2 * MIB, 64 * KIB, 4 * KIB],
  },
  vmemmap: { base: 0xffff_fc00_0000_0000n, leaves: [2 * MIB, 4 * KIB] },
})

/** 11/11/11/11/8 + 12: tables of four pages and of half a page, empty entries that are not zero. */
export const REGION_TABLES: MappedArch = archOf({
  pageShift: 12,
  maxPhysMemBits: 46,
  tables: {
    levels: tableLevels(12, [
      { name: 'R1', indexBits: 11 },
      { name: 'R2', indexBits: 11 },
      { name: 'R3', indexBits: 11 },
      { name: 'SEG', indexBits: 11 },
      { name: 'PTE', indexBits: 8, tablesPerPage: 2 },
    ]),
    permanentTables: [],
    bootFrameBase: 64 * TIB,
    entries: invalidBitFormat(4),
    leafTables: LEAF_TABLES,
    sharing: SHARED_TABLE_PAGES,
  },
  direct: { base: 0n, leaves: [2 * GIB, MIB, 4 * KIB] },
  vmemmap: { base: 2n ** 53n, leaves: [MIB, 4 * KIB] },
})

export const GEOMETRIES = {
  'four levels': FOUR_LEVELS,
  'four levels, second tables at boot': FROM_BOOT,
  'five levels': FIVE_LEVELS,
  'radix 13/9/9/5': RADIX,
  'radix 13/9/9/5, tables that share pages': FRAGMENTS,
  'runs of 16 entries': RUNS,
  'region tables 11/11/11/11/8': REGION_TABLES,
}

import { GIB, KIB, MIB, TIB } from '../../src/address/units'
import type { MappedGeometry } from '../../src/mapping/table-shape'
import {
  bitWords,
  fieldMask,
  hasBit,
  maskedNumber,
  orWords,
  wordsOf,
} from '../../src/mapping/words'
import type { EntryFormat, PageTableGeometry } from '../../src/model/page-table-geometry'

/** Geometries of four kinds, so that nothing in the walker can lean on one of them. */

interface FormatNumbers {
  readonly present: number
  readonly large: number
  readonly lastLevel: number
}

/** Present bit and large bit, as on x86; the empty entry is zero. */
const zeroFormat = ({ present, large, lastLevel }: FormatNumbers): EntryFormat => {
  const address = fieldMask({ from: 12, end: 53 })
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
  const invalid = (level: number): number => (level === lastLevel ? 10 : 5)
  return {
    none: (level) => bitWords(invalid(level)),
    table: (at) => wordsOf(at),
    leaf: (at, level) =>
      orWords(wordsOf(at), level === lastLevel ? bitWords(4, 9) : bitWords(4, 10)),
    isNone: (low, high, level) => hasBit(low, high, invalid(level)) && !hasBit(low, high, 4),
    isLeaf: (low, high, level) => level === lastLevel || hasBit(low, high, 10),
    address: (low, high) => maskedNumber(low, high, address),
  }
}

const fourKilobytes = {
  directLeaves: [
    { sizeBytes: GIB, counter: 'DirectMap1G' },
    { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
    { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
  ],
  vmemmapLeaves: [2 * MIB, 4 * KIB],
  flush: 'all',
} satisfies Partial<PageTableGeometry>

/** 9/9/9/9 + 12. PUD tables stay. */
export const FOUR_LEVELS: MappedGeometry = {
  pageShift: 12,
  maxPhysMemBits: 46,
  structPageBytes: 64,
  pageTables: {
    ...fourKilobytes,
    levels: [
      { name: 'PGD', indexBits: 9, shift: 39 },
      { name: 'PUD', indexBits: 9, shift: 30 },
      { name: 'PMD', indexBits: 9, shift: 21 },
      { name: 'PTE', indexBits: 9, shift: 12 },
    ],
    regions: {
      direct: { name: 'direct', base: 0xffff_8880_0000_0000n },
      vmemmap: { name: 'vmemmap', base: 0xffff_ea00_0000_0000n },
    },
    permanentTables: ['PUD'],
    bootFrameBase: 64 * TIB,
    entries: zeroFormat({ present: 0, large: 7, lastLevel: 3 }),
  },
}

/** 9/9/9/9/9 + 12. P4D tables stay. */
export const FIVE_LEVELS: MappedGeometry = {
  pageShift: 12,
  maxPhysMemBits: 52,
  structPageBytes: 64,
  pageTables: {
    ...fourKilobytes,
    levels: [
      { name: 'PGD', indexBits: 9, shift: 48 },
      { name: 'P4D', indexBits: 9, shift: 39 },
      { name: 'PUD', indexBits: 9, shift: 30 },
      { name: 'PMD', indexBits: 9, shift: 21 },
      { name: 'PTE', indexBits: 9, shift: 12 },
    ],
    regions: {
      direct: { name: 'direct', base: 0xff11_0000_0000_0000n },
      vmemmap: { name: 'vmemmap', base: 0xffd4_0000_0000_0000n },
    },
    permanentTables: ['P4D'],
    bootFrameBase: 2 ** 52 - 128 * TIB,
    entries: zeroFormat({ present: 0, large: 7, lastLevel: 4 }),
  },
}

/** 13/9/9/5 + 16: tables of 64 KiB and of 256 bytes. No table stays. */
export const RADIX: MappedGeometry = {
  pageShift: 16,
  maxPhysMemBits: 51,
  structPageBytes: 64,
  pageTables: {
    levels: [
      { name: 'PGD', indexBits: 13, shift: 39 },
      { name: 'PUD', indexBits: 9, shift: 30 },
      { name: 'PMD', indexBits: 9, shift: 21 },
      { name: 'PTE', indexBits: 5, shift: 16 },
    ],
    regions: {
      direct: { name: 'direct', base: 0xc000_0000_0000_0000n },
      vmemmap: { name: 'vmemmap', base: 0xc00c_0000_0000_0000n },
    },
    directLeaves: [
      { sizeBytes: GIB, counter: 'DirectMap1G' },
      { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
      { sizeBytes: 64 * KIB, counter: 'DirectMap64k' },
    ],
    vmemmapLeaves: [2 * MIB, 64 * KIB],
    permanentTables: [],
    bootFrameBase: 2 ** 51,
    flush: 'range',
    entries: zeroFormat({ present: 63, large: 62, lastLevel: 3 }),
  },
}

/** 11/11/11/11/8 + 12: tables of four pages and of half a page, empty entries that are not zero. */
const REGION_TABLES: MappedGeometry = {
  pageShift: 12,
  maxPhysMemBits: 46,
  structPageBytes: 64,
  pageTables: {
    levels: [
      { name: 'R1', indexBits: 11, shift: 53 },
      { name: 'R2', indexBits: 11, shift: 42 },
      { name: 'R3', indexBits: 11, shift: 31 },
      { name: 'SEG', indexBits: 11, shift: 20 },
      { name: 'PTE', indexBits: 8, shift: 12 },
    ],
    regions: {
      direct: { name: 'direct', base: 0n },
      vmemmap: { name: 'vmemmap', base: 2n ** 53n },
    },
    directLeaves: [
      { sizeBytes: 2 * GIB, counter: 'DirectMap2G' },
      { sizeBytes: MIB, counter: 'DirectMap1M' },
      { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
    ],
    vmemmapLeaves: [MIB, 4 * KIB],
    permanentTables: [],
    bootFrameBase: 64 * TIB,
    flush: 'range',
    entries: invalidBitFormat(4),
  },
}

export const GEOMETRIES = {
  'four levels': FOUR_LEVELS,
  'five levels': FIVE_LEVELS,
  'radix 13/9/9/5': RADIX,
  'region tables 11/11/11/11/8': REGION_TABLES,
}

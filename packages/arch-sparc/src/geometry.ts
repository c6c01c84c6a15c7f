import { alignDown, MIB, type Range } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  bitEntries,
  type EntryBits,
  type FixedTranslation,
  type KernelMapping,
  tableLevels,
} from '@memhp/core/plugin'
import type { SparcOptions } from './options'

/** First byte of the direct map. Source: PAGE_OFFSET, asm/page_64.h, arch/sparc 3.6. */
const DIRECT_BASE = 0xffff_f800_0000_0000n
/** First byte of the memmap. Source: VMEMMAP_BASE, asm/pgtable_64.h 3.6. */
const VMEMMAP_BASE = 0x2_0000_0000n
/** Bits of a physical address. Source: MAX_PHYSMEM_BITS, asm/sparsemem.h 3.6. */
const PHYS_BITS = 42

/** Bytes of a translation of the memmap, and of one of the direct map. Source: arch/sparc/mm/init_64.h 3.6. */
const CHUNK = 4 * MIB
/** Bytes that one bit of `kpte_linear_bitmap` is about. Source: arch/sparc/mm/init_64.h 3.6. */
const LARGE = 256 * MIB

/** The numbers of a sparc64 kernel. Source: asm/page_64.h, asm/sparsemem.h 3.6; series, section 5.0. */
export const sparcGeometry = (): ArchGeometry => ({
  pageShift: 13,
  sectionSizeBits: 30,
  maxPhysMemBits: PHYS_BITS,
  maxOrder: 10,
  pageblockOrder: 9,
  structPageBytes: 64,
  zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
})

/*
 * Translation table entries (TTE) of the memmap, bits numbered from the lowest:
 *
 * | | sun4u | sun4v |
 * | --- | --- | --- |
 * | valid | 63 | 63 |
 * | size | 61-62: 8K 0, 4M 3 | 0-2: 8K 0, 4M 3 |
 * | cacheable, physically and virtually | 5, 4 | 10, 9 |
 * | privileged | 2 | 8 |
 * | writable | 1 | 6 |
 * | address | 13-42 | 13-55 |
 *
 * Source: asm/pgtable_64.h; vmemmap_populate, arch/sparc/mm/init_64.c 3.6; series, section 5.7.
 */
const VALID = 63
const TTE: Readonly<Record<SparcOptions['cpu'], EntryBits>> = {
  sun4u: {
    table: [],
    leaf: [VALID, 5, 4, 2, 1],
    largeLeaf: [VALID, 62, 61, 5, 4, 2, 1],
    leafMark: [VALID],
    address: { from: 13, end: 43 },
    letters: [
      ['V', VALID, 'valid'],
      ['C', 5, 'cacheable'],
      ['P', 2, 'kernel only'],
      ['W', 1, 'writable'],
    ],
  },
  sun4v: {
    table: [],
    leaf: [VALID, 10, 9, 8, 6],
    largeLeaf: [VALID, 10, 9, 8, 6, 1, 0],
    leafMark: [VALID],
    address: { from: 13, end: 53 },
    letters: [
      ['V', VALID, 'valid'],
      ['C', 10, 'cacheable'],
      ['P', 8, 'kernel only'],
      ['W', 6, 'writable'],
    ],
  },
}

/**
 * `vmemmap_table`: one flat array of translations of 4 MiB. Core wants a last level of base pages: no entry of it is ever made.
 * The array is indexed by address from 0 here, by the distance from the memmap's beginning in the kernel.
 */
const LEVELS = tableLevels(13, [
  { name: 'VMEMMAP', indexBits: 14 },
  { name: 'PTE', indexBits: 9 },
])

/**
 * The kernel's own mapping. The direct map is filled by the miss handler of the TLB, with translations of 256 MiB where
 * memory fills one whole.
 * @param ram boot memory in bytes
 * Source: kernel_map_range, mark_kpte_bitmap and vmemmap_populate, arch/sparc/mm/init_64.c 3.6.
 */
export const sparcMapping = ({ cpu }: SparcOptions, ram: readonly Range[]): KernelMapping => ({
  tables: {
    levels: LEVELS,
    permanentTables: [],
    bootFrameBase: 2 ** PHYS_BITS,
    entries: bitEntries(LEVELS, TTE[cpu]),
  },
  direct: {
    kind: 'fixed',
    base: DIRECT_BASE,
    translation: (_, address) => translationOf(address, cpu === 'sun4v' ? LARGE : CHUNK, ram),
  },
  vmemmap: { kind: 'radix', base: VMEMMAP_BASE, leaves: [CHUNK] },
})

function translationOf(
  address: number,
  largest: number,
  ram: readonly Range[],
): FixedTranslation | null {
  const range = ram.find(({ start, end }) => start <= address && address < end)
  if (range === undefined) return null
  const large = alignDown(address, largest)
  const isFilled = range.start <= large && large + largest <= range.end
  const bytes = isFilled ? largest : CHUNK
  const bit = Math.floor(address / LARGE)
  return {
    start: alignDown(address, bytes),
    bytes,
    place: `TTE of ${bytes / MIB} MiB, bit ${bit} of kpte_linear_bitmap`,
  }
}

/** Source: arch/sparc/Kconfig 3.6. */
export const SPARC_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: false,
  memmapOnMemory: false,
  zoneDevice: false,
}

import { GIB, KIB, MIB } from '@memhp/core'
import type { ArchFeatures, ArchGeometry, PageTableGeometry } from '@memhp/core/plugin'
import type { PowerpcOptions } from './options'
import { entryFormat } from './radix/entries'

/** Bytes of a section: 16 MiB. Source: SECTION_SIZE_BITS, arch/powerpc/include/asm/sparsemem.h 6.1. */
const SECTION_SIZE_BITS = 24

/*
 * | | radix 64 KiB | radix 4 KiB | hash 64 KiB | hash 4 KiB |
 * | --- | --- | --- | --- | --- |
 * | physical address bits | 51 | 51 | 51 | 46 |
 * | largest buddy order | 8 (16 MiB) | 12 (16 MiB) | 8 | 12 |
 * | pageblock | 2 MiB | 2 MiB | 16 MiB | 16 MiB |
 *
 * A pageblock is the default huge page. Source: spec 0.2, 7.1; Debian's kernel configuration for the largest order.
 */
const LARGEST_CHUNK_BITS = 24
const PAGEBLOCK_BITS = { radix: 21, hash: 24 }
const HASH_4K_PHYSMEM_BITS = 46
const PHYSMEM_BITS = 51

/** Physical address from which boot tables and the boot memmap are numbered: beyond any memory there can be. */
export const BOOT_FRAME_BASE: number = 2 ** PHYSMEM_BITS

/** Where the linear mapping begins, with either MMU. */
export const LINEAR_BASE = 0xc000_0000_0000_0000n

/** Leaves of the linear mapping with radix tables, largest first, and how /proc/meminfo names them. */
const LINEAR_LEAVES: PageTableGeometry['directLeaves'] = [
  { sizeBytes: GIB, counter: 'DirectMap1G' },
  { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
  { sizeBytes: 64 * KIB, counter: 'DirectMap64k' },
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
]

/** The numbers of a 64-bit powerpc machine. Source: spec 7.1. */
export function powerpcGeometry(options: PowerpcOptions): ArchGeometry {
  const { mmu, pageBytes } = options
  const pageShift = Math.log2(pageBytes)
  const geometry: ArchGeometry = {
    pageShift,
    sectionSizeBits: SECTION_SIZE_BITS,
    maxPhysMemBits: mmu === 'hash' && pageShift === 12 ? HASH_4K_PHYSMEM_BITS : PHYSMEM_BITS,
    maxOrder: LARGEST_CHUNK_BITS - pageShift,
    pageblockOrder: PAGEBLOCK_BITS[mmu] - pageShift,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  }
  return mmu === 'hash' ? geometry : { ...geometry, pageTables: radixTables(options) }
}

/*
 * | level | index bits | shift | table |
 * | --- | --- | --- | --- |
 * | PGD | 13 | 39 | 64 KiB |
 * | PUD | 9 | 30 | 4 KiB |
 * | PMD | 9 | 21 | 4 KiB |
 * | PTE | 5 with 64 KiB pages, 9 with 4 KiB | 16 or 12 | 256 bytes or 4 KiB |
 *
 * A leaf never reaches beyond an LMB, so that removal never has to split one.
 * Source: spec 7.2, 7.3; create_physical_mapping, arch/powerpc/mm/book3s64/radix_pgtable.c 6.1.
 */
function radixTables(options: PowerpcOptions): PageTableGeometry {
  const { pageBytes, lmbBytes } = options
  const pageShift = Math.log2(pageBytes)
  const levels = [
    { name: 'PGD', indexBits: 13, shift: 39 },
    { name: 'PUD', indexBits: 9, shift: 30 },
    { name: 'PMD', indexBits: 9, shift: 21 },
    { name: 'PTE', indexBits: 21 - pageShift, shift: pageShift },
  ]
  return {
    levels,
    regions: {
      direct: { name: 'direct', base: LINEAR_BASE },
      vmemmap: { name: 'vmemmap', base: 0xc00c_0000_0000_0000n },
    },
    directLeaves: LINEAR_LEAVES.filter(
      ({ sizeBytes }) => sizeBytes === pageBytes || (sizeBytes >= 2 * MIB && sizeBytes <= lmbBytes),
    ),
    vmemmapLeaves: [2 * MIB],
    permanentTables: [],
    bootFrameBase: BOOT_FRAME_BASE,
    flush: 'range',
    entries: entryFormat(levels),
  }
}

/** Names of all counters that /proc/meminfo shows with radix tables, in its order. */
export const DIRECT_MAP_COUNTERS: readonly PageTableGeometry['directLeaves'][number][] =
  LINEAR_LEAVES.toReversed()

/** What the Debian kernels of 6.1 offer. Source: spec 0.3. */
export const POWERPC_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: true,
  memmapOnMemory: false,
  zoneDevice: false,
}

import { GIB, KIB, MIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  LEAF_TABLES,
  type LeafCounter,
} from '@memhp/core/plugin'
import type { PowerpcOptions } from './options'
import { entryFormat } from './radix-entries'

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

/** Leaf sizes of the linear mapping in the order of /proc/meminfo, which shows all of them with radix tables. */
const COUNTERS: readonly LeafCounter[] = [
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
  { sizeBytes: 64 * KIB, counter: 'DirectMap64k' },
  { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
  { sizeBytes: GIB, counter: 'DirectMap1G' },
]

/** The numbers of a 64-bit powerpc machine. Source: spec 7.1. */
export function powerpcGeometry({ mmu, pageBytes }: PowerpcOptions): ArchGeometry {
  const pageShift = Math.log2(pageBytes)
  return {
    pageShift,
    sectionSizeBits: SECTION_SIZE_BITS,
    maxPhysMemBits: mmu === 'hash' && pageShift === 12 ? HASH_4K_PHYSMEM_BITS : PHYSMEM_BITS,
    maxOrder: LARGEST_CHUNK_BITS - pageShift,
    pageblockOrder: PAGEBLOCK_BITS[mmu] - pageShift,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  }
}

/*
 * | level | index bits | shift | table |
 * | --- | --- | --- | --- |
 * | PGD | 13 | 39 | 64 KiB |
 * | PUD | 9 | 30 | 4 KiB |
 * | PMD | 9 | 21 | 4 KiB |
 * | PTE | 5 with 64 KiB pages, 9 with 4 KiB | 16 or 12 | 256 bytes or 4 KiB |
 *
 * A leaf never reaches beyond an LMB, so that removal never has to split one. Where the kernel keeps a list of the pages of
 * the vmemmap and frees one when no section that it describes is valid, core keeps the bytes of each leaf that no section
 * uses and frees a leaf that consists of nothing else: the same leaves at the same times, as `check` verifies.
 * Source: spec 7.2, 7.3; arch/powerpc/mm/book3s64/radix_pgtable.c and arch/powerpc/mm/init_64.c 6.1.
 */

/** The kernel's own mapping with radix page tables. */
export function radixMapping({ pageBytes, lmbBytes }: PowerpcOptions): KernelMapping {
  const pageShift = Math.log2(pageBytes)
  const levels = [
    { name: 'PGD', indexBits: 13, shift: 39 },
    { name: 'PUD', indexBits: 9, shift: 30 },
    { name: 'PMD', indexBits: 9, shift: 21 },
    { name: 'PTE', indexBits: 21 - pageShift, shift: pageShift },
  ]
  const sizes = COUNTERS.map((leaf) => leaf.sizeBytes).reverse()
  return {
    tables: {
      levels,
      permanentTables: [],
      bootFrameBase: BOOT_FRAME_BASE,
      entries: entryFormat(levels),
      leafTables: LEAF_TABLES,
    },
    direct: {
      kind: 'radix',
      base: LINEAR_BASE,
      leaves: sizes.filter((size) => size === pageBytes || (size >= 2 * MIB && size <= lmbBytes)),
      counters: COUNTERS,
      largestAddedLeaf: 'block',
    },
    vmemmap: { kind: 'radix', base: 0xc00c_0000_0000_0000n, leaves: [2 * MIB] },
  }
}

/** The architecture's part of what a kernel offers. Source: arch/powerpc/Kconfig 6.1, 6.12; guests of 7.2. */
export const POWERPC_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: true,
  // With the hash page table the parameter is there, and does nothing.
  memmapOnMemory: 'pages',
  zoneDevice: true,
}

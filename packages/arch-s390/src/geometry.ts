import { GIB, KIB, MIB, TIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  LEAF_TABLES,
  type LeafCounter,
  SHARED_TABLE_PAGES,
  tableLevels,
} from '@memhp/core/plugin'
import { entryFormat } from './entries'
import type { S390Options } from './options'

/** How many levels the kernel's tables have, page tables among them: by how much memory there is. */
export type TableDepth = 3 | 4

/*
 * | | three levels | four levels |
 * | --- | --- | --- |
 * | top | region-third table | region-second table |
 * | virtual addresses | 2^42 | 2^53 |
 * | identity map, from 0 | up to 2 TiB | up to 64 TiB |
 * | vmemmap from | 0x37200000000 | two entries of the top below the end |
 *
 * The kernel works the base of the vmemmap out at boot, from how much memory there can be. That of three levels is what a
 * guest of Linux 7.2 had; that of four is the model's.
 * Source: spec 7.2; setup_kernel_memory_layout, arch/s390/boot/startup.c 6.1; recorded tables (tests/recorded-tables.test.ts).
 */
const LAYOUTS = {
  3: { vmemmap: 0x372_0000_0000n, identityEnd: 2 * TIB },
  4: { vmemmap: 2n ** 53n - 2n ** 43n, identityEnd: 64 * TIB },
} as const satisfies Record<TableDepth, { vmemmap: bigint; identityEnd: number }>

/** The depth of the tables for memory that ends at an address in bytes. */
export const depthFor = (memoryEnd: number): TableDepth =>
  memoryEnd <= LAYOUTS[3].identityEnd ? 3 : 4

/** First address in bytes that the identity map of tables of this depth cannot have. */
export const identityEnd = (depth: TableDepth): number => LAYOUTS[depth].identityEnd

/** The numbers of an s390x machine. Source: spec 7.1; series, section 5.0. */
export const s390Geometry = (sectionBytes: number): ArchGeometry => ({
  pageShift: 12,
  sectionSizeBits: Math.log2(sectionBytes),
  maxPhysMemBits: 46,
  maxOrder: 8,
  pageblockOrder: 8,
  structPageBytes: 64,
  zones: [
    { name: 'DMA', kind: 'dma', endAddress: 2 * GIB },
    { name: 'Normal', kind: 'normal', endAddress: null },
  ],
})

/** Leaf sizes of the identity map in the order of /proc/meminfo. Source: arch_report_meminfo, arch/s390/mm/pageattr.c 6.1. */
const COUNTERS: readonly LeafCounter[] = [
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
  { sizeBytes: MIB, counter: 'DirectMap1M' },
  { sizeBytes: 2 * GIB, counter: 'DirectMap2G' },
]

/** The kernel's own mapping of an s390x machine. Source: spec 7.2, 7.3; arch/s390/mm/vmem.c 6.1. */
export function s390Mapping(
  { edat }: Pick<S390Options, 'edat'>,
  tables: { readonly depth: TableDepth; readonly halfPageTables: 'shared' | 'apart' },
): KernelMapping {
  const { depth, halfPageTables } = tables
  const isShared = halfPageTables === 'shared'
  const { vmemmap, identityEnd: bootFrameBase } = LAYOUTS[depth]
  const levels = tableLevels(12, [
    ...(depth === 4 ? [{ name: 'R2', indexBits: 11 }] : []),
    { name: 'R3', indexBits: 11 },
    { name: 'SEG', indexBits: 11 },
    {
      name: 'PTE',
      indexBits: 8,
      ...(isShared && { tablesPerPage: 2 }),
    },
  ])
  return {
    tables: {
      levels,
      permanentTables: [],
      bootFrameBase,
      entries: entryFormat(levels),
      leafTables: LEAF_TABLES,
      ...(isShared && { sharing: SHARED_TABLE_PAGES }),
    },
    direct: {
      kind: 'radix',
      base: 0n,
      leaves: [...(edat === 2 ? [2 * GIB] : []), ...(edat > 0 ? [MIB] : []), 4 * KIB],
      counters: COUNTERS,
      // modify_pud_table and modify_pmd_table, arch/s390/mm/vmem.c 6.1, pass over a leaf that they meet a part of.
      partialLeaf: 'keep',
    },
    vmemmap: { kind: 'radix', base: vmemmap, leaves: edat > 0 ? [MIB, 4 * KIB] : [4 * KIB] },
  }
}

/** The architecture's part of what a kernel offers. Source: arch/s390/Kconfig 6.1. */
export const S390_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: false,
  memmapOnMemory: 'leaves',
  zoneDevice: true,
}

import { GIB, KIB, MIB, TIB } from '@memhp/core'
import type {
  ArchFeatures,
  ArchGeometry,
  KernelMapping,
  LeafCounter,
  PageTableLevel,
} from '@memhp/core/plugin'
import { entryFormat } from './entries'
import type { X86Options } from './options'

const LOWER_LEVELS: readonly PageTableLevel[] = [
  { name: 'PUD', indexBits: 9, shift: 30 },
  { name: 'PMD', indexBits: 9, shift: 21 },
  { name: 'PTE', indexBits: 9, shift: 12 },
]

/*
 * | | four levels | five levels |
 * | --- | --- | --- |
 * | shifts | 39 30 21 12 | 48 39 30 21 12 |
 * | direct map from | ffff888000000000 | ff11000000000000 |
 * | the same before 4.20 | ffff880000000000 | ff10000000000000 |
 * | vmemmap from | ffffea0000000000 | ffd4000000000000 |
 * | physical address bits | 46 | 52 |
 * | tables that stay when empty | PUD | P4D |
 *
 * Without KASLR. Source: spec 7.1, 7.2, 5.4; Documentation/x86/x86_64/mm.rst 6.1.
 */
const FOUR_LEVELS = {
  levels: [{ name: 'PGD', indexBits: 9, shift: 39 }, ...LOWER_LEVELS],
  direct: { 'guard-hole': 0xffff_8800_0000_0000n, ldt: 0xffff_8880_0000_0000n },
  vmemmap: 0xffff_ea00_0000_0000n,
  maxPhysMemBits: 46,
  permanentTables: ['PUD'],
  bootFrameBase: 64 * TIB,
}
const FIVE_LEVELS = {
  levels: [
    { name: 'PGD', indexBits: 9, shift: 48 },
    { name: 'P4D', indexBits: 9, shift: 39 },
    ...LOWER_LEVELS,
  ],
  direct: { 'guard-hole': 0xff10_0000_0000_0000n, ldt: 0xff11_0000_0000_0000n },
  vmemmap: 0xffd4_0000_0000_0000n,
  maxPhysMemBits: 52,
  permanentTables: ['P4D'],
  // The last 128 TiB that an entry can name: beyond any memory that machines of this kind have. The kernel would map them;
  // here memory ends below them.
  bootFrameBase: 2 ** 52 - 128 * TIB,
}
const shapeOf = ({ levels }: X86Options): typeof FIVE_LEVELS =>
  levels === 5 ? FIVE_LEVELS : FOUR_LEVELS

/** The numbers of an x86-64 machine. Source: spec 7.1. */
export const x86Geometry = (options: X86Options): ArchGeometry => ({
  pageShift: 12,
  sectionSizeBits: 27,
  maxPhysMemBits: shapeOf(options).maxPhysMemBits,
  maxOrder: 10,
  pageblockOrder: 9,
  // Source: gigantic_pages_init, arch/x86/mm/hugetlbpage.c 6.1
  ...(options.gbpages ? { giganticOrder: 18 } : {}),
  structPageBytes: options.structPageBytes,
  zones: [
    { name: 'DMA', kind: 'dma', endAddress: 16 * MIB },
    { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
    { name: 'Normal', kind: 'normal', endAddress: null },
  ],
})

/** Leaf sizes of the direct map in the order of /proc/meminfo. Source: arch_report_meminfo, arch/x86/mm/pat/set_memory.c 6.1. */
const COUNTERS: readonly LeafCounter[] = [
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
  { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
  { sizeBytes: GIB, counter: 'DirectMap1G' },
]

/** What stands below the direct map: it depends on the kernel (`mapping.directMapAfter` of its generation). */
export type BelowDirectMap = 'guard-hole' | 'ldt'

/** The kernel's own mapping of an x86-64 machine. */
export function x86Mapping(options: X86Options, below: BelowDirectMap = 'ldt'): KernelMapping {
  const { levels, permanentTables, bootFrameBase, ...bases } = shapeOf(options)
  const counters = COUNTERS.filter((leaf) => options.gbpages || leaf.sizeBytes < GIB)
  return {
    tables: {
      levels,
      permanentTables,
      bootFrameBase,
      flush: 'all',
      entries: entryFormat(levels),
    },
    direct: {
      kind: 'radix',
      base: bases.direct[below],
      leaves: options.largePages ? counters.map((leaf) => leaf.sizeBytes).reverse() : [4 * KIB],
      counters,
      // The kernel's first steps mapped them. Source: remove_pte_table, arch/x86/mm/init_64.c 6.1; spec 5.4.
      permanentBelow: GIB,
    },
    vmemmap: { kind: 'radix', base: bases.vmemmap, leaves: [2 * MIB, 4 * KIB] },
  }
}

/** The architecture's part of what a kernel offers. Source: arch/x86/Kconfig 6.1. */
export const X86_FEATURES: ArchFeatures = {
  firmwareMap: true,
  probe: true,
  memmapOnMemory: 'leaves',
  zoneDevice: true,
}

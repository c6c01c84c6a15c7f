import { alignDown, GIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  bitEntries,
  type FixedRegion,
  type FixedTranslation,
  type KernelMapping,
  LEAF_TABLES,
  type MemmapModel,
  neverFreed,
  type PageTableGeometry,
  type PageTableLevel,
  PER_SECTION_MEMMAP,
  type RadixRegion,
  tableLevels,
} from '@memhp/core/plugin'
import type { Ia64Options } from './options'

/**
 * First byte of the regions that the kernel is in: the three highest bits of an address choose a region register. Region 5
 * has page tables, region 7 maps physical memory one to one. Source: asm/page.h, asm/pgtable.h, arch/ia64 3.6.
 */
const REGION = { tables: 5n << 61n, identity: 7n << 61n }

const STRUCT_PAGE_BYTES = 64
/** Bits of a physical address. Source: IA64_MAX_PHYS_BITS, asm/pgtable.h. */
const PHYS_BITS = 50
/** Largest huge page that pageblocks follow, log2 of its bytes: 256 MiB. Source: HPAGE_SHIFT_DEFAULT, asm/page.h. */
const HUGE_PAGE_SHIFT = 28

const pageShiftOf = ({ pageBytes }: Ia64Options): number => Math.log2(pageBytes)

/**
 * The numbers of an ia64 kernel. The largest chunk of the page allocator decides how large a section is, where it is larger
 * than a GiB. Source: asm/sparsemem.h, FORCE_MAX_ZONEORDER of arch/ia64/Kconfig 3.6; series, section 5.0.
 */
export function ia64Geometry(options: Ia64Options): ArchGeometry {
  const pageShift = pageShiftOf(options)
  const maxOrder = options.hugePages ? 16 : 10
  return {
    pageShift,
    sectionSizeBits: Math.max(30, maxOrder + pageShift),
    maxPhysMemBits: PHYS_BITS,
    maxOrder,
    pageblockOrder: options.hugePages ? Math.min(HUGE_PAGE_SHIFT - pageShift, maxOrder) : maxOrder,
    structPageBytes: STRUCT_PAGE_BYTES,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  }
}

/**
 * Entries of ia64's tables. One that names a table is its address and nothing else; an empty one is 0.
 *
 * | bit | of a page | |
 * | --- | --- | --- |
 * | 0 | P | present |
 * | 2-4 | MA | memory attribute, 0 is write back |
 * | 5, 6 | A, D | accessed, dirty |
 * | 7-8 | PL | privilege level, 0 is the kernel's |
 * | 9-11 | AR | access rights, 3 is read, write and execute |
 * | 12-49 | PPN | the page |
 * | 52 | ED | exception deferral |
 *
 * Source: asm/pgtable.h (PAGE_KERNEL), arch/ia64 3.6; series, section 5.5.
 */
const KERNEL_PAGE = [0, 5, 6, 9, 10, 52]

/** Frames of boot's tables and struct pages are numbered from here: 64 TiB below the end of all addresses. */
const BOOT_FRAMES = 2 ** PHYS_BITS - 2 ** 46

function ia64Tables(options: Ia64Options): PageTableGeometry {
  const pageShift = pageShiftOf(options)
  const names = options.levels === 4 ? ['PGD', 'PUD', 'PMD', 'PTE'] : ['PGD', 'PMD', 'PTE']
  const levels = tableLevels(
    pageShift,
    names.map((name) => ({ name, indexBits: pageShift - 3 })),
  )
  return {
    levels,
    permanentTables: [],
    bootFrameBase: BOOT_FRAMES,
    entries: entriesOf(levels),
    leafTables: LEAF_TABLES,
  }
}

const entriesOf = (levels: readonly PageTableLevel[]): PageTableGeometry['entries'] =>
  bitEntries(levels, {
    table: [],
    leaf: KERNEL_PAGE,
    leafMark: [],
    address: { from: 12, end: PHYS_BITS },
    letters: [
      ['P', 0, 'present'],
      ['A', 5, 'accessed'],
      ['D', 6, 'dirty'],
      ['E', 52, 'exception deferral'],
    ],
  })

/** Bytes of region 5 that its tables map for the kernel, half of them the vmemmap's. Source: VMALLOC_END, asm/pgtable.h. */
const mappedBytes = (options: Ia64Options): number => 2 ** (4 * pageShiftOf(options) - 9)

/** Bytes of the struct pages of memory, from physical address 0. */
const memmapBytes = (memoryBytes: number, { pageBytes }: Ia64Options): number =>
  (memoryBytes / pageBytes) * STRUCT_PAGE_BYTES

/** What one entry of the top level spans, in bytes. */
const topSpan = ({ levels }: PageTableGeometry): bigint => 2n ** BigInt(levels[0]?.shift ?? 0)

/** Bytes of region 5 are more than a number holds exactly. */
const roundUp = (bytes: bigint, unit: bigint): bigint => ((bytes + unit - 1n) / unit) * unit

/**
 * The kernel's own mapping: region 7 needs no tables, struct pages are in those of region 5 by base pages. With four levels
 * they begin with an entry of the top level, where the kernel's begin in the midst of one.
 * @param memoryEnd first byte beyond boot memory, whole sections
 * Source: asm/pgtable.h, vmemmap_populate and create_mem_map_page_table, arch/ia64/mm 3.6.
 */
export function ia64Mapping(options: Ia64Options, memoryEnd: number): KernelMapping {
  const direct: FixedRegion = {
    kind: 'fixed',
    base: REGION.identity,
    translation: (_, address) => granuleOf(address, options),
  }
  if (options.memmap === 'sparse' || options.memmap === 'contiguous')
    return { direct, vmemmap: { kind: 'none' } }
  const tables = ia64Tables(options)
  const span = topSpan(tables)
  const end = BigInt(mappedBytes(options))
  const memmap = BigInt(memmapBytes(memoryEnd, options))
  const offset =
    options.memmap === 'vmemmap' ? roundUp(end / 2n, span) : end - roundUp(memmap, span)
  const vmemmap: RadixRegion = {
    kind: 'radix',
    base: REGION.tables + offset,
    leaves: [options.pageBytes],
  }
  return { tables, direct, vmemmap }
}

/** The miss handler of region 7 enters whole granules. Source: alt_dtlb_miss, arch/ia64/kernel/ivt.S 3.6. */
const granuleOf = (address: number, { granuleBytes: bytes }: Ia64Options): FixedTranslation => ({
  start: alignDown(address, bytes),
  bytes,
  place: 'granule of region 7',
})

/**
 * First byte of memory that has no place: beyond what addresses reach, and what half of region 5 has struct pages for.
 * A kernel whose array is as long as boot made it has no place beyond boot memory.
 */
export function ia64Reach(options: Ia64Options, memoryEnd: number): number {
  if (options.memmap === 'virtual' || options.memmap === 'contiguous') return memoryEnd
  if (options.memmap === 'sparse') return 2 ** PHYS_BITS
  const described = (mappedBytes(options) / 2 / STRUCT_PAGE_BYTES) * options.pageBytes
  return Math.min(BOOT_FRAMES, described)
}

/** The memmap of each memory model. Source: mm/sparse.c, arch/ia64/mm/init.c, contig.c and discontig.c 3.6. */
export const MEMMAPS: Readonly<Record<Ia64Options['memmap'], MemmapModel>> = {
  // vmemmap_free is empty: struct pages stay mapped, and serve the next section there.
  vmemmap: neverFreed('vmemmap'),
  sparse: PER_SECTION_MEMMAP,
  virtual: neverFreed('virtual'),
  contiguous: { kind: 'flat' },
}

/** Source: arch/ia64/Kconfig, drivers/firmware/Kconfig 3.6. */
export const IA64_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: false,
  memmapOnMemory: false,
  zoneDevice: false,
}

import { alignDown, GIB, KIB, MIB, type RamDescription } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  LEAF_RUNS,
  LEAF_TABLES,
  type LevelBits,
  tableLevels,
} from '@memhp/core/plugin'
import { type AddressField, CONTIGUOUS_BIT, entryFormat } from './entries'
import type { Arm64Options } from './options'

type PageBytes = Arm64Options['pageBytes']

/** What follows from the size of pages, which is that of tables too. */
interface Granule {
  readonly pageShift: number
  readonly sectionSizeBits: number
  /** The largest chunk, and a pageblock: a huge page of the level above pages. */
  readonly maxOrder: number
  readonly pageblockOrder: number
  /** Entries of a contiguous run: of pages, and of blocks of the level above. */
  readonly run: { readonly pages: number; readonly blocks: number }
  /** Largest block; none of a higher level can be mapped. */
  readonly largestBlock: number
  /** Alignment of the address that the linear map begins with. */
  readonly startAlignment: number
  /** Leaf of the vmemmap: a block where pages are of 4 KiB, else pages. */
  readonly memmapLeaves: readonly number[]
  /** Where addresses of 52 bits have their upper bits. */
  readonly wideField: AddressField
  /** Bits of virtual addresses that the kernel can rely on, where it was built for 52. */
  readonly leastBits: number
}

/*
 * | page | section | blocks | contiguous runs | levels with 52 bits, with 48 |
 * | --- | --- | --- | --- | --- |
 * | 4 KiB | 128 MiB | 2 MiB, 1 GiB | 64 KiB, 32 MiB | 5, 4 |
 * | 16 KiB | 128 MiB | 32 MiB | 2 MiB, 1 GiB | 4, 4 |
 * | 64 KiB | 512 MiB | 512 MiB | 2 MiB, 16 GiB | 3, 3 |
 *
 * Source: spec 7.1, 7.2, 7.3; arch/arm64/include/asm/pgtable-hwdef.h, memory.h, kernel-pgtable.h 6.12.
 */
const GRANULES: Readonly<Record<PageBytes, Granule>> = {
  4096: {
    pageShift: 12,
    sectionSizeBits: 27,
    maxOrder: 10,
    pageblockOrder: 9,
    run: { pages: 16, blocks: 16 },
    largestBlock: GIB,
    startAlignment: GIB,
    memmapLeaves: [2 * MIB, 4 * KIB],
    wideField: { end: 50, upperAt: 8 },
    leastBits: 48,
  },
  16384: {
    pageShift: 14,
    sectionSizeBits: 27,
    maxOrder: 11,
    pageblockOrder: 11,
    run: { pages: 128, blocks: 32 },
    largestBlock: 32 * MIB,
    startAlignment: GIB,
    memmapLeaves: [16 * KIB],
    wideField: { end: 50, upperAt: 8 },
    leastBits: 47,
  },
  65536: {
    pageShift: 16,
    sectionSizeBits: 29,
    maxOrder: 13,
    pageblockOrder: 13,
    run: { pages: 32, blocks: 32 },
    largestBlock: 512 * MIB,
    startAlignment: 512 * MIB,
    memmapLeaves: [64 * KIB],
    wideField: { end: 48, upperAt: 12 },
    leastBits: 48,
  },
}

/** Bytes of a struct page. */
const STRUCT_PAGE = 64
/** Bytes at the end of all addresses that the vmemmap ends before. Source: VMEMMAP_END, arch/arm64/include/asm/memory.h 6.12. */
const ABOVE_MEMMAP = 2n ** 30n

/** Where memory begins, in bytes: the linear map begins there. */
const lowestOf = (ram: readonly RamDescription[]): number => {
  const starts = ram.map(({ start }) => start).filter((start) => Number.isSafeInteger(start))
  return Math.max(0, Math.min(...(starts.length === 0 ? [0] : starts)))
}

/** What the linear map and the vmemmap begin with, in bytes. Source: memstart_addr, arch/arm64/mm/init.c 6.12. */
export const memoryStart = (pageBytes: PageBytes, ram: readonly RamDescription[]): number =>
  alignDown(lowestOf(ram), GRANULES[pageBytes].startAlignment)

/** The numbers of an arm64 machine. Source: spec 7.1. */
export function arm64Geometry(
  { pageBytes, addressBits }: Arm64Options,
  ram: readonly RamDescription[],
): ArchGeometry {
  const { pageShift, sectionSizeBits, maxOrder, pageblockOrder } = GRANULES[pageBytes]
  // Zone DMA is the low 4 GiB where there is memory, else all memory of boot; DMA32 is what is left of 4 GiB: nothing.
  // Source: zone_sizes_init, arch/arm64/mm/init.c 6.12; recorded guests.
  const dmaEnd = lowestOf(ram) < 4 * GIB ? 4 * GIB : 2 ** addressBits
  return {
    pageShift,
    sectionSizeBits,
    maxPhysMemBits: addressBits,
    maxOrder,
    pageblockOrder,
    structPageBytes: STRUCT_PAGE,
    zones: [
      { name: 'DMA', kind: 'dma', endAddress: dmaEnd },
      { name: 'DMA32', kind: 'dma', endAddress: dmaEnd },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  }
}

/** Names of levels from the last one up. */
const LEVEL_NAMES = ['PTE', 'PMD', 'PUD', 'P4D']

/** Levels, top first: each table is a page, and the topmost has the bits that are left. */
function levelsOf({ pageBytes, addressBits }: Arm64Options): readonly LevelBits[] {
  const { pageShift, run } = GRANULES[pageBytes]
  const perTable = pageShift - 3
  const levels: LevelBits[] = []
  for (let left = addressBits - pageShift; left > 0; left -= perTable) {
    const isTop = left <= perTable
    const entries = [run.pages, run.blocks][levels.length]
    levels.unshift({
      name: isTop ? 'PGD' : (LEVEL_NAMES[levels.length] ?? ''),
      indexBits: Math.min(left, perTable),
      ...(entries !== undefined &&
        !isTop && { run: { entries, markBit: CONTIGUOUS_BIT, marking: LEAF_RUNS } }),
    })
  }
  return levels
}

/** Virtual addresses of a kernel: its linear map begins at the lowest, and its vmemmap ends at the top. */
function virtualLayout({ pageBytes, addressBits }: Arm64Options): {
  readonly linear: bigint
  readonly linearBytes: number
  readonly memmap: bigint
} {
  const { pageShift, leastBits } = GRANULES[pageBytes]
  const linear = 2n ** 64n - 2n ** BigInt(addressBits)
  const linearEnd = 2n ** 64n - 2n ** BigInt(Math.min(addressBits, leastBits) - 1)
  const memmapBytes = (linearEnd - linear) / BigInt(2 ** pageShift / STRUCT_PAGE)
  const memmap = 2n ** 64n - ABOVE_MEMMAP - memmapBytes
  return { linear, linearBytes: Number(linearEnd - linear), memmap }
}

/**
 * From here on frames of boot's tables are numbered, and no memory lies: entries have the bits of addresses below in their places.
 */
const frameBase = ({ pageBytes, addressBits }: Arm64Options): number =>
  addressBits === 52 ? 2 ** GRANULES[pageBytes].wideField.end : 2 ** 47

/** First address in bytes that the linear map does not have. */
export const linearEnd = (options: Arm64Options, start: number): number =>
  Math.min(frameBase(options), start + virtualLayout(options).linearBytes)

/** The kernel's own mapping of an arm64 machine. @param start what it begins with. Source: spec 7.2, 7.3. */
export function arm64Mapping(
  options: Arm64Options & { readonly linearMap: 'pages' | 'blocks' },
  start: number,
): KernelMapping {
  const { pageBytes, addressBits, linearMap } = options
  const { run, largestBlock, memmapLeaves, wideField, pageShift } = GRANULES[pageBytes]
  const levels = tableLevels(pageShift, levelsOf(options))
  const { linear, memmap } = virtualLayout(options)
  const block = pageBytes * 2 ** (pageShift - 3)
  const sizes = [run.blocks * block, largestBlock, block, run.pages * pageBytes]
  const blocks = [...new Set(sizes)].filter((size) => start % size === 0).sort((a, b) => b - a)
  return {
    tables: {
      levels,
      permanentTables: [],
      bootFrameBase: frameBase(options),
      entries: entryFormat(levels, addressBits === 52 ? wideField : { end: 48, upperAt: null }),
      leafTables: LEAF_TABLES,
    },
    direct: {
      kind: 'radix',
      base: linear,
      startAddress: start,
      leaves: [...(linearMap === 'blocks' ? blocks : []), pageBytes],
    },
    vmemmap: { kind: 'radix', base: memmap, startAddress: start, leaves: memmapLeaves },
  }
}

/**
 * The architecture's part of what a kernel offers. The struct pages of a block must fill a block of the vmemmap to be kept in it,
 * which with pages of 16 and 64 KiB they do not.
 * Source: arch/arm64/Kconfig 6.1; arch_supports_memmap_on_memory, mm/memory_hotplug.c 6.12.
 */
export const arm64Features = ({ pageBytes }: Arm64Options): ArchFeatures => ({
  firmwareMap: false,
  probe: false,
  memmapOnMemory: pageBytes === 4096 ? 'leaves' : false,
  zoneDevice: true,
})

import { alignUp, GIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  LEAF_TABLES,
  type LevelBits,
  tableLevels,
} from '@memhp/core/plugin'
import { entryFormat, WINDOW } from './entries'
import type { LoongArchOptions } from './options'

type PageBytes = LoongArchOptions['pageBytes']

/** What follows from the size of pages, which is that of tables too. */
interface Kind {
  readonly pageShift: number
  /** The largest chunk, and a pageblock: a huge page of the level above pages. */
  readonly maxOrder: number
  readonly pageblockOrder: number
  readonly levels: readonly string[]
  /** Whether the vmemmap has leaves above the last level. */
  readonly hugeMemmap: boolean
}

/*
 * | page | levels | leaves of the vmemmap |
 * | --- | --- | --- |
 * | 4 KiB | 4 | 2 MiB |
 * | 16 KiB | 3 | 32 MiB |
 * | 64 KiB | 2 | 64 KiB |
 *
 * Source: spec 7.1, 7.2, 7.3; PAGE_SIZE_* and ARCH_FORCE_MAX_ORDER, arch/loongarch/Kconfig 6.12.
 */
const KINDS: Readonly<Record<PageBytes, Kind>> = {
  4096: {
    pageShift: 12,
    maxOrder: 10,
    pageblockOrder: 9,
    levels: ['PGD', 'PUD', 'PMD', 'PTE'],
    hugeMemmap: true,
  },
  16384: {
    pageShift: 14,
    maxOrder: 11,
    pageblockOrder: 11,
    levels: ['PGD', 'PMD', 'PTE'],
    hugeMemmap: true,
  },
  65536: {
    pageShift: 16,
    maxOrder: 13,
    pageblockOrder: 13,
    levels: ['PGD', 'PTE'],
    hugeMemmap: false,
  },
}

/** Bits of physical addresses, and of virtual ones of either half, of a 3A5000. */
const PHYSICAL_BITS = 48
const VIRTUAL_BITS = 47

/** Bytes of a struct page as Debian configures 7.2. Source: ranges of /proc/kcore of a guest. */
const STRUCT_PAGE = 80

/** Pages that KFENCE has addresses for. Source: KFENCE_AREA_SIZE, arch/loongarch/include/asm/pgtable.h 6.12. */
const KFENCE_PAGES = 514

/**
 * From here on frames of boot's tables are numbered, and no memory lies: the upper half of what addresses reach.
 */
const FRAME_BASE = 2 ** (PHYSICAL_BITS - 1)

/** The numbers of a LoongArch machine. Source: spec 7.1; a guest's /proc/pagetypeinfo and /proc/zoneinfo. */
export function loongArchGeometry({ pageBytes }: LoongArchOptions): ArchGeometry {
  const { pageShift, maxOrder, pageblockOrder } = KINDS[pageBytes]
  return {
    pageShift,
    sectionSizeBits: 29,
    maxPhysMemBits: PHYSICAL_BITS,
    maxOrder,
    pageblockOrder,
    structPageBytes: STRUCT_PAGE,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  }
}

const levelsOf = ({ pageShift, levels }: Kind): readonly LevelBits[] =>
  levels.map((name) => ({ name, indexBits: pageShift - 3 }))

/**
 * Where the vmemmap begins: what there can be of it, the addresses of KFENCE and a leaf end with the last address that tables reach.
 * Source: VMALLOC_END and vmemmap, arch/loongarch/include/asm/pgtable.h 6.12; the tables of a guest.
 */
function memmapBase({ pageShift, levels }: Kind): bigint {
  const tableBits = pageShift + levels.length * (pageShift - 3)
  const pmdBytes = 2 ** (2 * pageShift - 3)
  const below = 2n ** BigInt(VIRTUAL_BITS) - 2n ** BigInt(Math.min(tableBits, VIRTUAL_BITS))
  const memmapBytes = STRUCT_PAGE * 2 ** (PHYSICAL_BITS - pageShift)
  const kfenceBytes = alignUp(KFENCE_PAGES * 2 ** pageShift, pmdBytes)
  return 2n ** 64n - below - BigInt(memmapBytes) - BigInt(kfenceBytes)
}

/**
 * The kernel's own mapping: memory in a window, without tables; struct pages in tables, or, before 6.2, in pages for each section.
 * Source: spec 7.2, 7.3; arch/loongarch/mm/init.c 6.1 and 6.12.
 */
export function loongArchMapping(
  { pageBytes }: LoongArchOptions,
  memmap: 'vmemmap' | 'per-section',
): KernelMapping {
  const direct = { kind: 'fixed', base: WINDOW } as const
  if (memmap === 'per-section') return { direct, vmemmap: { kind: 'none' } }
  const kind = KINDS[pageBytes]
  const levels = tableLevels(kind.pageShift, levelsOf(kind))
  const pmdBytes = 2 ** (2 * kind.pageShift - 3)
  return {
    tables: {
      levels,
      permanentTables: [],
      bootFrameBase: FRAME_BASE,
      entries: entryFormat(levels, 2 ** PHYSICAL_BITS),
      leafTables: LEAF_TABLES,
    },
    direct,
    vmemmap: {
      kind: 'radix',
      base: memmapBase(kind),
      leaves: [...(kind.hugeMemmap ? [pmdBytes] : []), pageBytes],
    },
  }
}

/** First byte that no memory has: beyond it, frames of boot's tables are numbered. */
export const REACH: number = FRAME_BASE

/** The architecture's part of what a kernel offers. Source: arch/loongarch/Kconfig 6.12. */
export const LOONGARCH_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: true,
  memmapOnMemory: false,
  zoneDevice: true,
}

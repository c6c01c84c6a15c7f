import { MIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  type PageTableLevel,
  SHARED_TABLE_PAGES,
  tableLevels,
} from '@memhp/core/plugin'
import { tileEntries } from './entries'
import type { TileOptions } from './options'

/** log2 of the bytes of a huge page, which an entry of an L1 table maps: 16 MiB. Source: hv/hypervisor.h, arch/tile 3.6. */
const HUGE_SHIFT = 24

/** Bytes of an L1 table, to which tables are aligned: 2 KiB. Source: HV_PAGE_TABLE_ALIGN, hv/hypervisor.h 3.6. */
const TABLE_BYTES = 2048

/*
 * | | gx | pro |
 * | --- | --- | --- |
 * | virtual addresses | 42 bits | 32 bits |
 * | direct map from | the upper half of 2^41 bytes | 0xc0000000, 960 MiB here |
 * | physical addresses | 40 bits | 36 bits |
 *
 * Source: asm/page.h, arch/chip_tilegx.h, arch/chip_tilepro.h, arch/tile 3.6. How much memory of pro is mapped depends on
 * what is kept for vmalloc: 960 MiB is the model's.
 */
const CHIPS = {
  gx: { physBits: 40, directBase: 0xffff_fe00_0000_0000n, lowmemEnd: null },
  pro: { physBits: 36, directBase: 0xc000_0000n, lowmemEnd: 960 * MIB },
} as const

/** Frames of boot's tables are numbered from here: an entry holds addresses of 40 bits. */
const BOOT_FRAMES = 2 ** 40 - 2 ** 34

/**
 * The numbers of a tile kernel. It keeps memory by nodes (DISCONTIGMEM) and has no sections: a section of the model is a huge
 * page. Source: asm/page.h, arch/tile/Kconfig 3.6; series, section 5.0.
 */
export function tileGeometry({ chip, pageBytes }: TileOptions): ArchGeometry {
  const { physBits, lowmemEnd } = CHIPS[chip]
  const pageShift = Math.log2(pageBytes)
  return {
    pageShift,
    sectionSizeBits: HUGE_SHIFT,
    maxPhysMemBits: physBits,
    maxOrder: HUGE_SHIFT - pageShift,
    pageblockOrder: HUGE_SHIFT - pageShift,
    ...(chip === 'gx' ? { structPageBytes: 64 } : { structPageBytes: 32, wordBytes: 4 }),
    zones: [
      { name: 'Normal', kind: 'normal', endAddress: lowmemEnd },
      ...(lowmemEnd === null
        ? []
        : [{ name: 'HighMem', kind: 'highmem', endAddress: null } as const]),
    ],
  }
}

function levelsOf({ chip, pageBytes }: TileOptions): readonly PageTableLevel[] {
  const pageShift = Math.log2(pageBytes)
  const entriesBits = HUGE_SHIFT - pageShift
  const perPage = (bits: number): number => pageBytes / Math.max(TABLE_BYTES, 8 * 2 ** bits)
  return tableLevels(pageShift, [
    ...(chip === 'gx'
      ? [
          { name: 'L0', indexBits: 10 },
          { name: 'L1', indexBits: 8, tablesPerPage: perPage(8) },
        ]
      : [{ name: 'L1', indexBits: 8 }]),
    { name: 'L2', indexBits: entriesBits, tablesPerPage: perPage(entriesBits) },
  ])
}

/** The kernel's own mapping: huge pages of 16 MiB, struct pages in arrays of boot's. Source: arch/tile/mm/init.c 3.6. */
export function tileMapping(options: TileOptions): KernelMapping {
  const levels = levelsOf(options)
  return {
    tables: {
      levels,
      sharing: SHARED_TABLE_PAGES,
      permanentTables: [],
      bootFrameBase: BOOT_FRAMES,
      entries: tileEntries(levels),
    },
    direct: {
      kind: 'radix',
      base: CHIPS[options.chip].directBase,
      leaves: [2 ** HUGE_SHIFT, options.pageBytes],
    },
    vmemmap: { kind: 'none' },
  }
}

/** Source: arch/tile/Kconfig 3.6. */
export const TILE_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: false,
  memmapOnMemory: false,
  zoneDevice: false,
}

import { GIB, KIB, MIB, TIB } from '@memhp/core'
import type {
  ArchFeatures,
  ArchGeometry,
  PageTableGeometry,
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
 * | vmemmap from | ffffea0000000000 | ffd4000000000000 |
 * | physical address bits | 46 | 52 |
 * | tables that stay when empty | PUD | P4D |
 *
 * Without KASLR. Source: spec 7.1, 7.2, 5.4; Documentation/x86/x86_64/mm.rst 6.1.
 */
const FOUR_LEVELS = {
  levels: [{ name: 'PGD', indexBits: 9, shift: 39 }, ...LOWER_LEVELS],
  direct: 0xffff_8880_0000_0000n,
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
  direct: 0xff11_0000_0000_0000n,
  vmemmap: 0xffd4_0000_0000_0000n,
  maxPhysMemBits: 52,
  permanentTables: ['P4D'],
  // The last 128 TiB that an entry can name: beyond any memory that machines of this kind have.
  bootFrameBase: 2 ** 52 - 128 * TIB,
}

/** Leaf sizes in bytes of the direct map, largest first, and how /proc/meminfo names them. */
const DIRECT_LEAVES: PageTableGeometry['directLeaves'] = [
  { sizeBytes: GIB, counter: 'DirectMap1G' },
  { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
]

/** The numbers of an x86-64 machine. Source: spec 7.1. */
export function x86Geometry(options: X86Options): ArchGeometry {
  const { maxPhysMemBits } = options.levels === 5 ? FIVE_LEVELS : FOUR_LEVELS
  return {
    pageShift: 12,
    sectionSizeBits: 27,
    maxPhysMemBits,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: options.structPageBytes,
    zones: [
      { name: 'DMA', kind: 'dma', endAddress: 16 * MIB },
      { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
    pageTables: pageTables(options),
  }
}

function pageTables(options: X86Options): PageTableGeometry {
  const shape = options.levels === 5 ? FIVE_LEVELS : FOUR_LEVELS
  return {
    levels: shape.levels,
    regions: {
      direct: { name: 'direct', base: shape.direct },
      vmemmap: { name: 'vmemmap', base: shape.vmemmap },
    },
    directLeaves: DIRECT_LEAVES.filter((leaf) => options.gbpages || leaf.sizeBytes < GIB),
    vmemmapLeaves: [2 * MIB, 4 * KIB],
    permanentTables: shape.permanentTables,
    bootFrameBase: shape.bootFrameBase,
    flush: 'all',
    entries: entryFormat(shape.levels.map((level) => level.shift)),
  }
}

/** What the Debian kernels of 6.1 offer. Source: spec 0.3. */
export const X86_FEATURES: ArchFeatures = {
  firmwareMap: true,
  probe: false,
  memmapOnMemory: true,
  zoneDevice: true,
}

import { GIB, KIB, MIB } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  FIXED_AT_BOOT,
  type KernelMapping,
  type PageTableLevel,
  tableLevels,
} from '@memhp/core/plugin'
import { narrowEntryFormat, paeEntryFormat } from './entries'
import type { X86NarrowOptions } from './options-32'

/*
 * | | without PAE | PAE |
 * | --- | --- | --- |
 * | levels (index bits) | PGD 10, PTE 10 | PGD 2, PMD 9, PTE 9 |
 * | shifts | 22 12 | 30 21 12 |
 * | bytes of an entry | 4 | 8 |
 * | large leaf | 4 MiB, in the PGD | 2 MiB, in a PMD table |
 * | section, and memory block | 64 MiB | 512 MiB |
 * | physical address bits | 32 | 36 |
 * | pageblock | 4 MiB | 2 MiB |
 * | direct map from | c0000000 | c0000000 |
 *
 * Source: series of 2012, sections 5.0 and 5.2; spec 7.1 and 7.2; arch/x86/include/asm/sparsemem.h 3.10.
 */
const DIRECT_BASE = 0xc000_0000n

/** What follows from whether the kernel has PAE. */
interface Shape {
  readonly levels: readonly PageTableLevel[]
  readonly sectionSizeBits: number
  readonly maxPhysMemBits: number
  readonly pageblockOrder: number
  readonly largeLeaf: { readonly sizeBytes: number; readonly counter: string }
  /** Where the frames of boot tables are numbered from. */
  readonly bootFrameBase: number
}

const paeShape = (): Shape => ({
  levels: tableLevels(12, [
    { name: 'PGD', indexBits: 2 },
    { name: 'PMD', indexBits: 9 },
    { name: 'PTE', indexBits: 9 },
  ]),
  sectionSizeBits: 29,
  maxPhysMemBits: 36,
  pageblockOrder: 9,
  largeLeaf: { sizeBytes: 2 * MIB, counter: 'DirectMap2M' },
  bootFrameBase: 64 * GIB,
})

const plainShape = (): Shape => ({
  levels: tableLevels(12, [
    { name: 'PGD', indexBits: 10 },
    { name: 'PTE', indexBits: 10 },
  ]),
  sectionSizeBits: 26,
  maxPhysMemBits: 32,
  pageblockOrder: 10,
  largeLeaf: { sizeBytes: 4 * MIB, counter: 'DirectMap4M' },
  // The last section that an entry can name. It has no memory on any PC: interrupt controllers and the firmware lie there.
  bootFrameBase: 4 * GIB - 64 * MIB,
})

const shapeOf = ({ pae }: Pick<X86NarrowOptions, 'pae'>): Shape => (pae ? paeShape() : plainShape())

/** Numbers of an x86 machine of 32 bits. @param lowmemEnd first byte that boot does not map: whole pageblocks */
export function narrowGeometry(options: X86NarrowOptions, lowmemEnd: number): ArchGeometry {
  const { sectionSizeBits, maxPhysMemBits, pageblockOrder } = shapeOf(options)
  return {
    pageShift: 12,
    sectionSizeBits,
    maxPhysMemBits,
    maxOrder: 10,
    pageblockOrder,
    structPageBytes: options.structPageBytes,
    wordBytes: 4,
    zones: [
      { name: 'DMA', kind: 'dma', endAddress: 16 * MIB },
      { name: 'Normal', kind: 'normal', endAddress: lowmemEnd },
      { name: 'HighMem', kind: 'highmem', endAddress: null },
    ],
  }
}

/** The kernel's own mapping of an x86 machine of 32 bits: boot memory below HighMem, and no vmemmap. */
export function narrowMapping(options: X86NarrowOptions): KernelMapping {
  const { levels, largeLeaf, bootFrameBase } = shapeOf(options)
  return {
    tables: {
      levels,
      permanentTables: [],
      bootFrameBase,
      flush: 'all',
      ...(options.pae
        ? { entries: paeEntryFormat(levels) }
        : { entryBytes: 4, entries: narrowEntryFormat(levels) }),
    },
    direct: {
      kind: 'radix',
      base: DIRECT_BASE,
      leaves: [largeLeaf.sizeBytes, 4 * KIB],
      counters: [{ sizeBytes: 4 * KIB, counter: 'DirectMap4k' }, largeLeaf],
      fixedAtBoot: FIXED_AT_BOOT,
    },
    vmemmap: { kind: 'none' },
  }
}

/** The architecture's part of what a kernel offers. Source: arch/x86/Kconfig 3.10. */
export const X86_NARROW_FEATURES: ArchFeatures = {
  firmwareMap: true,
  probe: false,
  memmapOnMemory: false,
  zoneDevice: false,
}

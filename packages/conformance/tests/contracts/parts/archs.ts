// Architectures of other shapes than our own have, each composed of parts: what core offers must serve them.
import { alignDown, GIB, KIB, type MachineDescription, MIB, TIB } from '@memhp/core'
import {
  type ArchDefinition,
  type ArchFeatures,
  type ArchParts,
  bitEntries,
  composeArch,
  defineArch,
  keepBootMemory,
  LEAF_RUNS,
  type NoOptions,
  neverFreed,
  noOptions,
  PER_SECTION_MEMMAP,
  SHARED_TABLE_PAGES,
  tableLevels,
} from '@memhp/core/plugin'

const FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: true,
  memmapOnMemory: false,
  zoneDevice: false,
}

/** @param parts or what gives them for a machine's description */
const archOf = (
  parts: ArchParts,
  partsFor: (description: MachineDescription) => ArchParts = () => parts,
): ArchDefinition<NoOptions> =>
  defineArch({
    name: parts.name,
    contract: 1,
    summary: 'An architecture for tests of the parts.',
    pageSize: 2 ** parts.geometry.pageShift,
    parseOptions: noOptions(parts.name),
    create: (_, description) => composeArch(partsFor(description)),
  })

/** As x86 with 32 bits and PAE: the kernel maps 896 MiB, the rest is HighMem; classic sparsemem. */
export const HIGHMEM: ArchDefinition<NoOptions> = archOf({
  name: 'highmem',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 26,
    maxPhysMemBits: 36,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: 32,
    zones: [
      { name: 'DMA', kind: 'dma', endAddress: 16 * MIB },
      { name: 'Normal', kind: 'normal', endAddress: 896 * MIB },
      { name: 'HighMem', kind: 'highmem', endAddress: null },
    ],
  },
  features: FEATURES,
  mapping: { direct: { kind: 'fixed', base: 0xc000_0000n }, vmemmap: { kind: 'none' } },
  memmap: PER_SECTION_MEMMAP,
})

const IA64_LEVELS = tableLevels(14, [
  { name: 'PGD', indexBits: 11 },
  { name: 'PMD', indexBits: 11 },
  { name: 'PTE', indexBits: 11 },
])

/** As ia64 with pages of 16 KiB: no tables for the direct map, a virtual memmap of base pages that is never freed. */
export const IDENTITY: ArchDefinition<NoOptions> = archOf({
  name: 'identity',
  geometry: {
    pageShift: 14,
    sectionSizeBits: 30,
    maxPhysMemBits: 50,
    maxOrder: 11,
    pageblockOrder: 10,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  features: FEATURES,
  mapping: {
    tables: {
      levels: IA64_LEVELS,
      permanentTables: [],
      bootFrameBase: 2 ** 50,
      entries: bitEntries(IA64_LEVELS, {
        table: [0],
        leaf: [0, 5, 6],
        leafMark: [],
        address: { from: 12, end: 53 },
      }),
    },
    direct: { kind: 'fixed', base: 0xe000_0000_0000_0000n },
    vmemmap: { kind: 'radix', base: 0xa000_0000_0000_0000n, leaves: [16 * KIB] },
  },
  memmap: neverFreed('virtual'),
  // The array is as long as boot made it.
  mappable: { start: 0, end: TIB },
})

const ARM64_LEVELS = tableLevels(12, [
  { name: 'PGD', indexBits: 9 },
  { name: 'PUD', indexBits: 9 },
  { name: 'PMD', indexBits: 9 },
  { name: 'PTE', indexBits: 9 },
])

const KEEPS_BOOT_PARTS: ArchParts = {
  name: 'keeps-boot',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 27,
    maxPhysMemBits: 48,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: 64,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 4 * 1024 * MIB },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  },
  features: { ...FEATURES, memmapOnMemory: 'leaves' },
  mapping: {
    tables: {
      levels: ARM64_LEVELS,
      permanentTables: [],
      bootFrameBase: 2 ** 47,
      entries: bitEntries(ARM64_LEVELS, {
        table: [0, 1],
        leaf: [0, 1, 10],
        largeLeaf: [0, 10, 55],
        leafMark: [55],
        address: { from: 12, end: 48 },
      }),
    },
    direct: { kind: 'radix', base: 0xffff_0000_0000_0000n, leaves: [2 * MIB, 4 * KIB] },
    vmemmap: { kind: 'radix', base: 0xffff_fc00_0000_0000n, leaves: [2 * MIB] },
  },
  memmap: { kind: 'vmemmap' },
  mappable: { start: 0, end: 2 ** 46 },
  canRemove: keepBootMemory({
    kind: 'impossible',
    errno: 'EPERM',
    reason: 'boot memory is named to other kernels by kexec.',
  }),
}

/** As arm64 with pages of 4 KiB: everything in tables, and memory that was there at boot stays. */
export const KEEPS_BOOT: ArchDefinition<NoOptions> = archOf(KEEPS_BOOT_PARTS)

const { direct: LINEAR, vmemmap: VMEMMAP, ...TABLES } = KEEPS_BOOT_PARTS.mapping

/** The same, whose regions begin with the GiB that memory begins in (memstart_addr). */
export const HIGH_START: ArchDefinition<NoOptions> = archOf(
  { ...KEEPS_BOOT_PARTS, name: 'high-start' },
  ({ ram }) => partsFrom('high-start', alignDown(Math.min(...ram.map(({ start }) => start)), GIB)),
)

const partsFrom = (name: string, startAddress: number): ArchParts => ({
  ...KEEPS_BOOT_PARTS,
  name,
  mapping: {
    ...TABLES,
    direct: { ...LINEAR, ...(LINEAR.kind === 'radix' && { startAddress }) },
    vmemmap: { ...VMEMMAP, ...(VMEMMAP.kind === 'radix' && { startAddress }) },
  },
  mappable: { start: startAddress, end: startAddress + 2 ** 46 },
})

/** What is mapped begins at one address, whatever the host has. */
export const BUILT_START: ArchDefinition<NoOptions> = archOf(partsFrom('built-start', 3 * GIB))

const POWER_LEVELS = tableLevels(16, [
  { name: 'PGD', indexBits: 13 },
  { name: 'PUD', indexBits: 9 },
  { name: 'PMD', indexBits: 9, tablesPerPage: 16 },
  { name: 'PTE', indexBits: 5, tablesPerPage: 256 },
])

/** As POWER's radix with pages of 64 KiB, and base pages alone: a page holds 16 PMD tables, or 256 PTE tables. */
export const FRAGMENTS: ArchDefinition<NoOptions> = archOf({
  name: 'fragments',
  geometry: {
    pageShift: 16,
    sectionSizeBits: 24,
    maxPhysMemBits: 51,
    maxOrder: 8,
    pageblockOrder: 5,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  features: FEATURES,
  mapping: {
    tables: {
      levels: POWER_LEVELS,
      permanentTables: [],
      bootFrameBase: 2 ** 51,
      entries: bitEntries(POWER_LEVELS, {
        table: [63],
        leaf: [0, 1, 62, 63],
        leafMark: [62],
        address: { from: 8, end: 53 },
      }),
      sharing: SHARED_TABLE_PAGES,
    },
    direct: { kind: 'radix', base: 0xc000_0000_0000_0000n, leaves: [64 * KIB] },
    vmemmap: { kind: 'radix', base: 0xc00c_0000_0000_0000n, leaves: [64 * KIB] },
  },
  memmap: { kind: 'vmemmap' },
})

/** A window over all memory, and all struct pages in one array of boot's: an add takes no page. */
export const WINDOW: ArchDefinition<NoOptions> = archOf({
  name: 'window',
  geometry: {
    pageShift: 14,
    sectionSizeBits: 29,
    maxPhysMemBits: 40,
    maxOrder: 11,
    pageblockOrder: 11,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  features: FEATURES,
  mapping: {
    direct: { kind: 'fixed', base: 0x9000_0000_0000_0000n },
    vmemmap: { kind: 'none' },
  },
  memmap: { kind: 'flat' },
})

const RUN_LEVELS = ARM64_LEVELS.map((level) =>
  level.name === 'PMD' || level.name === 'PTE'
    ? { ...level, run: { entries: 16, markBit: 52, marking: LEAF_RUNS } }
    : level,
)

/** As arm64 with pages of 4 KiB and the contiguous bit: 16 neighbouring entries of the direct map are one leaf. */
export const RUNS: ArchDefinition<NoOptions> = archOf({
  name: 'runs',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 27,
    maxPhysMemBits: 48,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  features: { ...FEATURES, memmapOnMemory: 'leaves' },
  mapping: {
    tables: {
      levels: RUN_LEVELS,
      permanentTables: [],
      bootFrameBase: 2 ** 47,
      entries: bitEntries(RUN_LEVELS, {
        table: [0, 1],
        leaf: [0, 1, 10],
        largeLeaf: [0, 10, 55],
        leafMark: [55],
        address: { from: 12, end: 48 },
      }),
    },
    direct: {
      kind: 'radix',
      base: 0xffff_0000_0000_0000n,
      leaves: [32 * MIB, 64 * KIB, 4 * KIB],
      counters: [
        { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
        { sizeBytes: 64 * KIB, counter: 'DirectMap64k' },
        { sizeBytes: 32 * MIB, counter: 'DirectMap32M' },
      ],
    },
    vmemmap: { kind: 'radix', base: 0xffff_fc00_0000_0000n, leaves: [2 * MIB] },
  },
  memmap: { kind: 'vmemmap' },
  mappable: { start: 0, end: 2 ** 46 },
})

const LARGE_LEVELS = tableLevels(14, [
  { name: 'L1', indexBits: 11 },
  { name: 'L2', indexBits: 11 },
  { name: 'L3', indexBits: 11 },
])

const LARGE_LEAVES_PARTS: ArchParts = {
  name: 'large-leaves',
  geometry: {
    pageShift: 14,
    sectionSizeBits: 28,
    maxPhysMemBits: 44,
    maxOrder: 11,
    pageblockOrder: 11,
    structPageBytes: 64,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  },
  features: FEATURES,
  mapping: {
    tables: {
      levels: LARGE_LEVELS,
      permanentTables: [],
      bootFrameBase: 32 * TIB,
      entries: bitEntries(LARGE_LEVELS, {
        table: [63],
        leaf: [63, 60, 59, 2],
        largeLeaf: [63, 62, 60, 59, 2],
        leafMark: [62],
        address: { from: 14, end: 48 },
      }),
    },
    direct: {
      kind: 'radix',
      base: 0xffff_8000_0000_0000n,
      leaves: [32 * MIB, 16 * KIB],
      counters: [],
    },
    vmemmap: { kind: 'radix', base: 0xffff_f000_0000_0000n, leaves: [32 * MIB, 16 * KIB] },
  },
  memmap: { kind: 'vmemmap' },
}

/** Leaves of 32 MiB in both regions: memory beside boot's needs no page, for boot's leaves and tables cover it; far memory does. */
export const LARGE_LEAVES: ArchDefinition<NoOptions> = archOf(LARGE_LEAVES_PARTS)

/** The same with blocks of 2 GiB: a machine may have less boot memory than a block. */
export const LARGE_BLOCKS: ArchDefinition<NoOptions> = archOf({
  ...LARGE_LEAVES_PARTS,
  name: 'large-blocks',
  blockBytes: 2 * GIB,
})

/** A leaf of the vmemmap is for many sections, and stays. */
export const STAYING_LEAVES: ArchDefinition<NoOptions> = archOf({
  ...LARGE_LEAVES_PARTS,
  name: 'staying-leaves',
  memmap: neverFreed('vmemmap'),
})

import { GIB, MIB, TIB } from '@memhp/core'
import {
  type ArchDefinition,
  bitEntries,
  composeArch,
  defineArch,
  noOptions,
} from '@memhp/core/plugin'

const LEVELS = [
  { name: 'PGD', indexBits: 9, shift: 39 },
  { name: 'PUD', indexBits: 9, shift: 30 },
  { name: 'PMD', indexBits: 9, shift: 21 },
  { name: 'PTE', indexBits: 9, shift: 12 },
]

/** Sizes of x86_64, without a direct map in page tables: the driver's tests need blocks and struct pages. */
export const simpleArch: ArchDefinition<Record<string, never>> = defineArch({
  name: 'simple',
  contract: 1,
  summary: 'x86_64 with a fixed direct map, for tests.',
  parseOptions: noOptions('simple'),
  create: () =>
    composeArch({
      name: 'simple',
      geometry: {
        pageShift: 12,
        sectionSizeBits: 27,
        maxPhysMemBits: 46,
        maxOrder: 10,
        pageblockOrder: 9,
        structPageBytes: 64,
        zones: [
          { name: 'DMA', kind: 'dma', endAddress: 16 * MIB },
          { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
          { name: 'Normal', kind: 'normal', endAddress: null },
        ],
      },
      features: { firmwareMap: false, probe: true, memmapOnMemory: 'leaves', zoneDevice: false },
      mapping: {
        tables: {
          levels: LEVELS,
          permanentTables: [],
          bootFrameBase: 64 * TIB,
          entries: bitEntries(LEVELS, {
            table: [0],
            leaf: [0, 1],
            largeLeaf: [0, 1, 7],
            leafMark: [7],
            address: { from: 12, end: 52 },
          }),
        },
        direct: { kind: 'fixed', base: 0xffff_8880_0000_0000n },
        vmemmap: { kind: 'radix', base: 0xffff_ea00_0000_0000n, leaves: [2 * MIB] },
      },
      memmap: { kind: 'vmemmap' },
    }),
})

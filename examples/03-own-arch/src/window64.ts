// window64: a 64-bit architecture that maps memory through fixed windows, as loongarch64 does. There are no page tables to
// build or to tear down; the memmap of a section comes from the page allocator and goes back to it.
import {
  type ArchDefinition,
  composeArch,
  defineArch,
  type NoOptions,
  noOptions,
  PER_SECTION_MEMMAP,
} from '@memhp/core/plugin'

/** The plugin: what `createMachine` is given. */
export const window64: ArchDefinition<NoOptions> = defineArch({
  name: 'window64',
  contract: 1,
  summary: 'A 64-bit architecture with direct-mapped windows, 16 KiB pages and 256 MiB sections.',
  pageSize: 2 ** 14,
  parseOptions: noOptions('window64'),
  create: () =>
    composeArch({
      name: 'window64',
      geometry: {
        pageShift: 14,
        sectionSizeBits: 28,
        maxPhysMemBits: 48,
        maxOrder: 11,
        pageblockOrder: 11,
        structPageBytes: 64,
        zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
      },
      features: { firmwareMap: false, probe: true, memmapOnMemory: false, zoneDevice: false },
      mapping: {
        direct: { kind: 'fixed', base: 0x9000_0000_0000_0000n },
        vmemmap: { kind: 'none' },
      },
      memmap: PER_SECTION_MEMMAP,
    }),
})

import { type ArchDefinition, composeArch, defineArch, noOptions } from '@memhp/core/plugin'

/** POWER's sizes without its page tables: what the driver needs of an architecture. */
export const flatArch: ArchDefinition<Record<string, never>> = defineArch({
  name: 'flat64',
  contract: 1,
  summary: 'Sections of 16 MiB, blocks of 256 MiB, no tables.',
  pageSize: 2 ** 16,
  parseOptions: noOptions('flat64'),
  create: () =>
    composeArch({
      name: 'flat64',
      geometry: {
        pageShift: 16,
        sectionSizeBits: 24,
        maxPhysMemBits: 51,
        maxOrder: 8,
        pageblockOrder: 5,
        structPageBytes: 64,
        zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
      },
      features: { firmwareMap: false, probe: true, memmapOnMemory: false, zoneDevice: false },
      mapping: { direct: { kind: 'none' }, vmemmap: { kind: 'none' } },
      memmap: { kind: 'flat' },
      blockBytes: 2 ** 28,
    }),
})

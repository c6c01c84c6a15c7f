import { type Machine, sectionNr } from '@memhp/core'
import { type ArchAddRequest, addSection, defineArch, removeSection } from '@memhp/core/plugin'

/** POWER's sizes without its page tables: what the driver needs of an architecture. */
export const flatArch = defineArch<object>({
  name: 'flat64',
  contract: 1,
  summary: 'Sections of 16 MiB, blocks of 256 MiB, no tables.',
  parseOptions: () => ({}),
  create: () => ({
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
    removal: { kind: 'supported' },
    memoryBlockSizeBytes: () => 2 ** 28,
    boot: () => undefined,
    addMemory(machine, request) {
      for (const nr of sections(machine, request))
        addSection(machine, { nr, nodeId: request.nodeId })
    },
    removeMemory(machine, request) {
      for (const nr of sections(machine, request)) removeSection(machine, nr)
    },
  }),
})

function sections(machine: Machine, { range }: ArchAddRequest): ReturnType<typeof sectionNr>[] {
  const { sectionBytes } = machine.geometry
  const count = (range.end - range.start) / sectionBytes
  return Array.from({ length: count }, (_, i) => sectionNr(range.start / sectionBytes + i))
}

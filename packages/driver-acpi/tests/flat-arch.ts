import { GIB, type Machine, MIB, sectionNr } from '@memhp/core'
import {
  type Arch,
  type ArchAddRequest,
  type ArchDefinition,
  addSection,
  defineArch,
  removeSection,
} from '@memhp/core/plugin'

/** Sizes of x86_64, without page tables: the driver's tests need blocks, not mappings. */
const SECTION_BITS = 27

const sectionsOf = ({ range }: ArchAddRequest) => {
  const first = range.start / 2 ** SECTION_BITS
  return Array.from({ length: range.end / 2 ** SECTION_BITS - first }, (_, i) =>
    sectionNr(first + i),
  )
}

const arch: Arch = {
  name: 'flat',
  geometry: {
    pageShift: 12,
    sectionSizeBits: SECTION_BITS,
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
  features: { firmwareMap: false, probe: true, memmapOnMemory: true, zoneDevice: false },
  removal: { kind: 'supported' },
  memoryBlockSizeBytes: () => 2 ** SECTION_BITS,
  boot: () => undefined,
  addMemory(machine: Machine, request: ArchAddRequest) {
    for (const nr of sectionsOf(request)) addSection(machine, { nr, nodeId: request.nodeId })
  },
  removeMemory(machine: Machine, request: ArchAddRequest) {
    for (const nr of sectionsOf(request)) removeSection(machine, nr)
  },
}

/** An architecture for tests of a driver. */
export const flatArch: ArchDefinition<Record<string, never>> = defineArch({
  name: 'flat',
  contract: 1,
  summary: 'x86_64 without page tables, for tests.',
  parseOptions: () => ({}),
  create: () => arch,
})

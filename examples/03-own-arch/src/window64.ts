// window64: a 64-bit architecture that maps memory through fixed windows. There are no page tables to build or to
// tear down; the memmap of a section comes from the page allocator and goes back to it. (loongarch64 is like that.)
import {
  HotplugError,
  type Machine,
  type NodeId,
  type Pfn,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import {
  type Arch,
  type ArchAddRequest,
  type ArchGeometry,
  addSection,
  allocatePages,
  defineArch,
  freePages,
  removeSection,
} from '@memhp/core/plugin'

const GEOMETRY: ArchGeometry = {
  pageShift: 14,
  sectionSizeBits: 28,
  maxPhysMemBits: 48,
  maxOrder: 11,
  pageblockOrder: 11,
  structPageBytes: 64,
  zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
}

/** Order of the chunk that holds the memmap of one section: 2^14 pages of 64 bytes are 64 pages. */
const MEMMAP_ORDER = 6

/** Where the memmap of each hot-added section lies. It lives in the machine's state, so that snapshots have it. */
const memmaps = (machine: Machine): Map<SectionNr, Pfn> =>
  machine.state.memory.arch.memmaps as Map<SectionNr, Pfn>

/** Whether there are struct pages for hot-added memory at a physical address. */
export const hasMemmap = (machine: Machine, address: number): boolean =>
  memmaps(machine).has(sectionNr(Math.floor(address / machine.geometry.sectionBytes)))

function sectionsOf(machine: Machine, request: ArchAddRequest): SectionNr[] {
  const { sectionBytes } = machine.geometry
  const { start, end } = request.range
  return Array.from({ length: (end - start) / sectionBytes }, (_, i) =>
    sectionNr(start / sectionBytes + i),
  )
}

function addOne(machine: Machine, nr: SectionNr, nodeId: NodeId): void {
  addSection(machine, { nr, nodeId })
  const page = allocatePages(machine, {
    order: MEMMAP_ORDER,
    nodeId,
    mobility: 'unmovable',
    kind: 'memmap',
  })
  if (page === null) {
    removeSection(machine, nr)
    throw new HotplugError('OUT_OF_MEMORY', 'ENOMEM', `No memory for the memmap of section ${nr}.`)
  }
  memmaps(machine).set(nr, page)
}

function removeOne(machine: Machine, nr: SectionNr): void {
  removeSection(machine, nr)
  const page = memmaps(machine).get(nr)
  memmaps(machine).delete(nr)
  if (page !== undefined) freePages(machine, { pfn: page, order: MEMMAP_ORDER })
}

const ARCH: Arch = {
  name: 'window64',
  geometry: GEOMETRY,
  features: { firmwareMap: false, probe: true, memmapOnMemory: false, zoneDevice: false },
  removal: { kind: 'supported' },
  memoryBlockSizeBytes: () => 2 ** GEOMETRY.sectionSizeBits,
  // Windows are there from the start, and the memmap of boot memory is part of what boot reserves.
  boot(machine) {
    machine.state.memory.arch.memmaps = new Map<SectionNr, Pfn>()
  },
  addMemory(machine, request) {
    const added: SectionNr[] = []
    try {
      for (const nr of sectionsOf(machine, request)) {
        addOne(machine, nr, request.nodeId)
        added.push(nr)
      }
    } catch (error) {
      for (const nr of added.reverse()) removeOne(machine, nr)
      throw error
    }
  },
  removeMemory(machine, request) {
    for (const nr of sectionsOf(machine, request)) removeOne(machine, nr)
  },
}

/** The plugin: what `createMachine` is given. */
export const window64 = defineArch<Record<string, never>>({
  name: 'window64',
  contract: 1,
  summary: 'A 64-bit architecture with direct-mapped windows, 16 KiB pages and 256 MiB sections.',
  parseOptions(options) {
    const [unknown] = Object.keys(options)
    if (unknown === undefined) return {}
    throw new HotplugError(
      'BAD_DESCRIPTION',
      'EINVAL',
      `archOptions.${unknown}: window64 has no options.`,
    )
  },
  create: () => ARCH,
})

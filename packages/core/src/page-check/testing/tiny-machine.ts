import { type NodeId, nodeId, pfn, sectionNr } from '../../address/brand'
import type { PfnRange } from '../../address/range'
import type { ArchParts } from '../../arch/arch-parts'
import { composeArch } from '../../arch/compose-arch'
import { HUGE_PAGES, KERNEL_LOG, MEMORY_FAILURE } from '../../boot/subsystems'
import { HotplugError } from '../../errors/hotplug-error'
import { featuresOf } from '../../generation/features'
import { V6_1 } from '../../generation/v6-1'
import { attachRange, handOverRange, undoIsolation } from '../../isolation/online-range'
import { createObservers } from '../../machine/observers'
import type { Activity } from '../../model/activity'
import type { Arch } from '../../model/arch'
import { geometryOf } from '../../model/geometry'
import type { Machine } from '../../model/machine'
import type { MemoryNode } from '../../model/node'
import type { SectionUse } from '../../model/page'
import type { BootExtent, MachineState, SectionRun } from '../../model/state'
import type { Zone, ZoneKey } from '../../model/zone'
import { addSection } from '../../section/section-table'
import { recordCapturedUse } from '../../section-pages/captured-use'
import { NOTHING_USED } from '../../section-pages/captured-use-plan'
import { addUntouchedRun } from '../../section-pages/untouched-runs'
import { createZone, zoneOf, zoneSpecs } from '../../zone/zone-table'

/** Shape of the tiny machine: sections of 1024 pages, pageblocks of 64, chunks of at most 128. */
export const TINY = { pagesPerSection: 1024, pageblockPages: 64, maxOrder: 7 } as const

/**
 * Boot memory: section 1 holds the end of DMA32 and the start of Normal, which meet inside a pageblock; section 6
 * ends in a hole.
 *
 * | sections | node | zone |
 * | --- | --- | --- |
 * | 0, 1 to its middle | 0 | DMA32 |
 * | 1 from its middle, 2, 3 | 0 | Normal |
 * | 4, 5, 6 to its middle | 1 | Normal |
 */
const BOOT: readonly BootExtent[] = [
  { startPfn: 0, endPfn: 1568, zone: '0/DMA32' },
  { startPfn: 1568, endPfn: 4096, zone: '0/Normal' },
  { startPfn: 4096, endPfn: 6656, zone: '1/Normal' },
]
const MIXED = [1, 6] as const
const PRISTINE: readonly { start: number; end: number; zone: ZoneKey }[] = [
  { start: 0, end: 1, zone: '0/DMA32' },
  { start: 2, end: 4, zone: '0/Normal' },
  { start: 4, end: 6, zone: '1/Normal' },
]

const PARTS: ArchParts = {
  name: 'tiny',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 22,
    maxPhysMemBits: 40,
    maxOrder: TINY.maxOrder,
    pageblockOrder: 6,
    giganticOrder: 12,
    structPageBytes: 64,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 1568 * 4096 },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  },
  features: { firmwareMap: false, probe: false, memmapOnMemory: 'leaves', zoneDevice: false },
  mapping: { direct: { kind: 'none' }, vmemmap: { kind: 'none' } },
  memmap: { kind: 'flat' },
}
const tinyArch = composeArch(PARTS)

const SETTINGS: MachineState['memory']['settings'] = {
  autoOnline: 'offline',
  onlinePolicy: 'contig-zones',
  autoMovableRatio: 301,
  autoMovableNumaAware: true,
  memmapOnMemory: 'Y',
  movableNode: false,
  movableGiganticPages: 0,
}

function tinyState(extents: readonly BootExtent[]): MachineState {
  const zones = new Map<ZoneKey, Zone>()
  const nodes = new Map<NodeId, MemoryNode>()
  for (const id of [nodeId(0), nodeId(1)]) {
    const own = zoneSpecs(tinyArch).map((spec, index) => createZone(id, spec, index))
    for (const zone of own) zones.set(zone.key, zone)
    nodes.set(id, {
      id,
      online: true,
      isPossible: true,
      cpus: [],
      zones: own,
      startPfn: 0,
      spannedPages: 0,
      hasMemory: true,
      hasNormalMemory: true,
      kthreads: true,
    })
  }
  return {
    memory: {
      sections: { runs: [], separated: new Map(), bootExtents: [...extents], own: new Set() },
      blocks: { runs: [], separated: new Map() },
      nodes,
      zones,
      groups: new Map(),
      resources: {
        start: 0,
        end: 2 ** 40 - 1,
        name: 'iomem',
        busy: false,
        systemRam: false,
        driverManaged: false,
        mergeable: false,
        children: [],
      },
      firmwareMap: { entries: [], nextIndex: 0 },
      allocations: new Map(),
      hugePools: [],
      pageCgroupTables: new Map(),
      settings: { ...SETTINGS },
      arch: {},
      drivers: {},
      injectedNotifierErrors: new Map(),
      unmanagedPages: 0,
      curedPages: 0,
      pageFailures: new Map(),
      totalManagedPages: 0,
      nextAllocationId: 1,
      nextGroupId: 0,
    },
    journal: {
      tick: 0,
      seqnum: 0,
      policyZone: -1,
      endPfn: 0,
      uevents: [],
      log: [],
      platform: [],
      mappings: [],
      work: [],
    },
    random: 1,
  }
}

function absent(): never {
  throw new HotplugError('NO_SUCH_FILE', 'ENOENT', 'The tiny machine has no files.')
}

function assemble(arch: Arch, extents: readonly BootExtent[]): Machine {
  const geometry = geometryOf(arch.geometry, arch.blockBytes)
  const activity: Activity = { phase: 'idle', heldErrors: [] }
  const observers = createObservers(activity)
  return {
    description: { arch: arch.name, nodes: [0, 1].map((id) => ({ id, cpus: [] })), ram: [] },
    arch,
    generation: V6_1,
    features: featuresOf(arch, V6_1),
    geometry,
    drivers: [],
    subsystems: { hugePages: HUGE_PAGES, kernelLog: KERNEL_LOG, memoryFailure: MEMORY_FAILURE },
    memoryChain: { entries: [] },
    nodeChain: { entries: [] },
    tree: {
      read: absent,
      write: absent,
      list: absent,
      readlink: absent,
      lookup: () => undefined,
    },
    activity,
    observers,
    faults: new Set(),
    copySection: null,
    writeLogs: new Set(),
    stepWatchers: new Set(),
    observe: (observer, options) => observers.add(observer, options),
    state: tinyState(extents),
  }
}

/** How boot sections are used; what is not named is free. */
export type TinyUse = Readonly<Record<number, Partial<SectionUse>>>

/** A machine of two nodes and seven boot sections with everything that the page layer reads, and nothing else. */
export function tinyMachine(use: TinyUse = {}): Machine {
  const machine = assemble(tinyArch, BOOT)
  const { sections } = machine.state.memory
  const run = (part: { start: number; end: number }, node: number): SectionRun => ({
    start: sectionNr(part.start),
    end: sectionNr(part.end),
    nodeId: nodeId(node),
    summary: 'free',
  })
  sections.runs.push(run({ start: 0, end: 4 }, 0), run({ start: 4, end: 7 }, 1))
  for (const { start, end, zone } of PRISTINE) {
    const range = {
      start: pfn(start * TINY.pagesPerSection),
      end: pfn(end * TINY.pagesPerSection),
    }
    addUntouchedRun(machine, { zone: zoneOf(machine, zone), range })
  }
  for (const extent of BOOT) {
    const { startPfn: start, endPfn: end } = extent
    zoneOf(machine, extent.zone).online.ranges.push({ start, end })
  }
  for (const nr of MIXED) {
    recordCapturedUse(machine, { nr: sectionNr(nr), use: { ...NOTHING_USED, ...use[nr] } })
  }
  for (const [nr, part] of Object.entries(use)) {
    if (MIXED.some((mixed) => mixed === Number(nr))) continue
    recordCapturedUse(machine, { nr: sectionNr(Number(nr)), use: { ...NOTHING_USED, ...part } })
  }
  return machine
}

/**
 * A machine with the geometry of x86_64 and one untouched run of boot memory, however long.
 * @param sections boot sections of 128 MiB, all of node 0, zone Normal, all free
 */
export function wideMachine(sections: number): Machine {
  const arch = composeArch({
    ...PARTS,
    geometry: {
      ...PARTS.geometry,
      sectionSizeBits: 27,
      maxPhysMemBits: 46,
      maxOrder: 10,
      pageblockOrder: 9,
      zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
    },
  })
  const endPfn = sections * 32_768
  const machine = assemble(arch, [{ startPfn: 0, endPfn, zone: '0/Normal' }])
  machine.state.memory.sections.runs.push({
    start: sectionNr(0),
    end: sectionNr(sections),
    nodeId: nodeId(0),
    summary: 'free',
  })
  const zone = zoneOf(machine, '0/Normal')
  addUntouchedRun(machine, { zone, range: { start: pfn(0), end: pfn(endPfn) } })
  zone.online.ranges.push({ start: 0, end: endPfn })
  return machine
}

/** Pages of whole sections: `count` of them from `first` on. */
export function sectionRange(machine: Machine, first: number, count = 1): PfnRange {
  const { pagesPerSection } = machine.geometry
  return { start: pfn(first * pagesPerSection), end: pfn((first + count) * pagesPerSection) }
}

/** Hot-added sections, offline. */
export function hotAdd(machine: Machine, range: PfnRange, node: number): void {
  const { pagesPerSection } = machine.geometry
  for (let at: number = range.start; at < range.end; at += pagesPerSection) {
    addSection(machine, { nr: sectionNr(at / pagesPerSection), nodeId: nodeId(node) })
  }
}

/** Brings hot-added sections online in a zone. */
export function bringOnline(
  machine: Machine,
  what: { readonly zone: Zone; readonly range: PfnRange; readonly selfHostedPages?: number },
): void {
  const { selfHostedPages = 0, ...where } = what
  attachRange(machine, { ...where, selfHostedPages })
  handOverRange(machine, where)
  undoIsolation(machine, where)
  where.zone.online.ranges.push({ start: where.range.start, end: where.range.end })
}

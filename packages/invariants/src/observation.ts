import type {
  BlockTable,
  Machine,
  MemoryBlock,
  MemoryGroup,
  MemoryState,
  Range,
  Settings,
  Zone,
  ZoneKey,
  ZoneKind,
} from '@memhp/core'
import { type BlockId, blockId, type NodeId } from '@memhp/core'
import { clonePlain } from '@memhp/core/inspect'
import {
  emptyIntervalSet,
  type IntervalSet,
  insertInterval,
  removeInterval,
} from '@memhp/core/plugin'
import {
  directMapOf,
  formatIomem,
  kilobytesOf,
  type Meminfo,
  nodeFile,
  parseMeminfo,
} from '@memhp/kernel-files'
import { notableBlocks } from './notable-blocks'

import { hasBlockFile, readBlock, readLine, readNodeList } from './reading'

/** A block as the outside sees it, with the little of the inside that steps are about. */
export interface BlockView extends Readonly<MemoryBlock> {
  /** Text of `valid_zones`; null where the generation has none. */
  readonly validZones: string | null
}

/** Counts of a zone as /proc/zoneinfo shows them, in pages. */
export interface ZoneView {
  readonly nodeId: NodeId
  readonly name: string
  readonly kind: ZoneKind
  readonly startPfn: number
  readonly spannedPages: number
  readonly presentPages: number
  readonly presentEarlyPages: number
  readonly managedPages: number
  /** Online memory, by pfn. */
  readonly online: readonly Range[]
}

/** A device of a firmware driver: what the platform holds and what the kernel makes of it. */
export interface DeviceView {
  /** The kernel's name, `PNP0C80:00`. */
  readonly name: string
  readonly ranges: readonly Range[]
  readonly groupId: number | null
}

/** A machine at one moment, as far as steps are about it. Costs what has been touched. */
export interface Observation {
  readonly blockRuns: BlockTable['runs']
  /** Touched blocks and the ends of runs. */
  readonly blocks: ReadonlyMap<BlockId, BlockView>
  readonly zones: ReadonlyMap<ZoneKey, ZoneView>
  readonly nodes: Readonly<
    Record<'possible' | 'online' | 'has_memory' | 'has_normal_memory', readonly number[]>
  >
  /** MemTotal of each online node, in KiB. */
  readonly nodeTotalKib: ReadonlyMap<NodeId, number>
  readonly memTotalKib: number
  /** Values of the DirectMap lines of /proc/meminfo together, in KiB; 0 where there are none. */
  readonly directMapKib: number
  /** Text of /proc/iomem. */
  readonly iomem: string
  readonly firmwareMap: MemoryState['firmwareMap']
  readonly groups: ReadonlyMap<number, MemoryGroup>
  readonly devices: ReadonlyMap<string, DeviceView>
  /** Text of `status` of each ACPI memory device; `EIO` where it cannot be read. */
  readonly acpiStatus: ReadonlyMap<string, string>
  /** Text of /sys/firmware/acpi/hotplug/memory/enabled; null where it is not there. */
  readonly acpiHotplug: string | null
  readonly settings: Settings
  readonly injectedErrors: MemoryState['injectedNotifierErrors']
}

/** Takes an observation. Changes nothing. */
export function observe(machine: Machine): Observation {
  const { memory } = machine.state
  const meminfo = parseMeminfo(machine.tree.read('/proc/meminfo'))
  return {
    blockRuns: memory.blocks.runs.map((run) => ({ ...run })),
    blocks: new Map(notableBlocks(machine).map((block) => [block.id, viewBlock(machine, block)])),
    zones: new Map([...memory.zones].map(([key, zone]) => [key, viewZone(zone)])),
    nodes: {
      possible: readNodeList(machine, 'possible'),
      online: readNodeList(machine, 'online'),
      has_memory: readNodeList(machine, 'has_memory'),
      has_normal_memory: readNodeList(machine, 'has_normal_memory'),
    },
    nodeTotalKib: nodeTotals(machine),
    memTotalKib: memTotalOf(meminfo),
    directMapKib: directMapKib(meminfo),
    iomem: formatIomem(memory.resources.children),
    firmwareMap: clonePlain(memory.firmwareMap),
    groups: clonePlain(memory.groups),
    devices: viewDevices(machine),
    acpiStatus: acpiStatus(machine),
    acpiHotplug: readOrNull(machine, '/sys/firmware/acpi/hotplug/memory/enabled'),
    settings: { ...memory.settings },
    injectedErrors: new Map(memory.injectedNotifierErrors),
  }
}

const viewBlock = (machine: Machine, block: Readonly<MemoryBlock>): BlockView => ({
  ...block,
  validZones: hasBlockFile('valid_zones')(machine)
    ? readBlock(machine, { id: block.id, name: 'valid_zones' })
    : null,
})

const viewZone = (zone: Zone): ZoneView => {
  const { nodeId, name, kind, startPfn, spannedPages } = zone
  const { presentPages, presentEarlyPages, managedPages } = zone
  const online = zone.online.ranges.map((range) => ({ ...range }))
  const counts = { startPfn, spannedPages, presentPages, presentEarlyPages, managedPages }
  return { nodeId, name, kind, ...counts, online }
}

function nodeTotals(machine: Machine): ReadonlyMap<NodeId, number> {
  const totals = new Map<NodeId, number>()
  for (const node of machine.state.memory.nodes.values()) {
    if (!node.online) continue
    const text = machine.tree.read(nodeFile(node.id, 'meminfo'))
    totals.set(node.id, memTotalOf(parseMeminfo(text)))
  }
  return totals
}

const memTotalOf = (meminfo: Meminfo): number => kilobytesOf(meminfo, 'MemTotal') ?? Number.NaN

const directMapKib = (meminfo: Meminfo): number =>
  [...directMapOf(meminfo).values()].reduce((sum, bytes) => sum + bytes / 1024, 0)

function viewDevices(machine: Machine): ReadonlyMap<string, DeviceView> {
  const devices = machine.drivers.flatMap((driver) => driver.devices(machine))
  return new Map(
    devices.map(({ name, ranges, groupId }) => {
      const enabled = ranges.filter((range) => range.enabled)
      return [name, { name, groupId, ranges: enabled.map(({ start, end }) => ({ start, end })) }]
    }),
  )
}

const ACPI_DEVICES = '/sys/bus/acpi/devices'

function acpiStatus(machine: Machine): ReadonlyMap<string, string> {
  if (machine.tree.lookup(ACPI_DEVICES) === undefined) return new Map()
  const names = machine.tree.list(ACPI_DEVICES).filter((name) => name.startsWith('PNP0C80:'))
  return new Map(
    names.map((name) => [name, readOrNull(machine, `${ACPI_DEVICES}/${name}/status`) ?? 'EIO']),
  )
}

function readOrNull(machine: Machine, path: string): string | null {
  if (machine.tree.lookup(path) === undefined) return null
  try {
    return readLine(machine, path)
  } catch {
    return null
  }
}

/** A block of an observation, also one inside a run; undefined where there was none. */
export function blockIn(observation: Observation, id: BlockId): BlockView | undefined {
  const notable = observation.blocks.get(id)
  if (notable !== undefined) return notable
  const run = observation.blockRuns.find(({ start, end }) => start <= id && id < end)
  const end = run === undefined ? undefined : observation.blocks.get(run.start)
  return end === undefined ? undefined : { ...end, id }
}

/** Numbers of the blocks of an observation, as intervals. */
export function blockIntervals(observation: Observation): IntervalSet {
  const set = emptyIntervalSet()
  for (const run of observation.blockRuns) insertInterval(set, run)
  for (const id of observation.blocks.keys()) insertInterval(set, { start: id, end: id + 1 })
  return set
}

/** Numbers of the blocks of one observation that another does not have, as intervals. */
export function blocksOnlyIn(from: Observation, without: Observation): readonly Range[] {
  const rest = blockIntervals(from)
  for (const range of blockIntervals(without).ranges) removeInterval(rest, range)
  return rest.ranges
}

/** The blocks that two observations may disagree about, ascending. */
export function blocksToCompare(before: Observation, after: Observation): readonly BlockId[] {
  const ids = new Set([...before.blocks.keys(), ...after.blocks.keys()])
  return [...ids].sort((a, b) => a - b)
}

/** The numbers of a range of bytes, in blocks, that a block touches. */
export function blocksOfBytes(range: Range, blockBytes: number): readonly BlockId[] {
  const first = Math.floor(range.start / blockBytes)
  const end = Math.ceil(range.end / blockBytes)
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => blockId(first + i))
}

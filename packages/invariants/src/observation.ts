import type {
  Machine,
  MemoryGroup,
  MemoryState,
  NodeId,
  Range,
  Settings,
  Zone,
  ZoneKey,
  ZoneKind,
} from '@memhp/core'
import { clonePlain } from '@memhp/core/inspect'
import {
  directMapOf,
  formatIomem,
  kilobytesOf,
  type Meminfo,
  nodeFile,
  parseMeminfo,
} from '@memhp/kernel-files'
import type { Part } from './parts'
import { readCounters, readLine, readNodeList, showsNodes } from './reading'
import { BlockMemo, type SeenBlocks } from './seen-blocks'

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

/** A machine at one moment, as far as steps are about it: all but its blocks. Parts that stayed are the same objects. */
export interface SmallParts {
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

/** A machine at one moment, as far as steps are about it. */
export interface Observation extends SmallParts {
  readonly blocks: SeenBlocks
}

/** Takes an observation of a whole machine. Changes nothing. */
export const observe = (machine: Machine): Observation => ({
  blocks: new BlockMemo(machine),
  ...observeParts(machine),
})

/** How each field is taken, and of which parts. */
const FIELDS: {
  readonly [Field in keyof SmallParts]: {
    readonly of: readonly Part[]
    readonly take: (machine: Machine) => SmallParts[Field]
  }
} = {
  zones: {
    of: ['zones'],
    take: ({ state }) => new Map([...state.memory.zones].map(([key, zone]) => [key, view(zone)])),
  },
  nodes: {
    of: ['nodes', 'zones'],
    take: nodeLists,
  },
  nodeTotalKib: { of: ['nodes', 'zones'], take: nodeTotals },
  memTotalKib: { of: ['zones'], take: (machine) => memTotalOf(meminfoOf(machine)) },
  directMapKib: { of: ['mapping'], take: (machine) => directMapKib(meminfoOf(machine)) },
  iomem: {
    of: ['resources'],
    take: ({ state }) => formatIomem(state.memory.resources.children),
  },
  firmwareMap: {
    of: ['firmware map'],
    take: ({ state }) => clonePlain(state.memory.firmwareMap),
  },
  groups: { of: ['groups'], take: ({ state }) => clonePlain(state.memory.groups) },
  devices: { of: ['drivers', 'groups'], take: viewDevices },
  acpiStatus: { of: ['drivers'], take: acpiStatus },
  acpiHotplug: {
    of: ['drivers'],
    take: (machine) => readOrNull(machine, '/sys/firmware/acpi/hotplug/memory/enabled'),
  },
  settings: { of: ['settings'], take: ({ state }) => ({ ...state.memory.settings }) },
  injectedErrors: {
    of: ['notifiers'],
    take: ({ state }) => new Map(state.memory.injectedNotifierErrors),
  },
}

const FIELD_NAMES = Object.keys(FIELDS) as readonly (keyof SmallParts)[]

/**
 * Takes an observation of all parts but the blocks.
 * @param known an earlier one, and the parts that have changed since: only their fields are read again
 */
export function observeParts(
  machine: Machine,
  known?: { readonly before: SmallParts; readonly changed: ReadonlySet<Part> },
): SmallParts {
  if (known?.changed.size === 0) return known.before
  const fields: Partial<Record<keyof SmallParts, unknown>> = {}
  for (const name of FIELD_NAMES) {
    const { of, take } = FIELDS[name]
    const isKnown = known !== undefined && !of.some((part) => known.changed.has(part))
    fields[name] = isKnown ? known.before[name] : take(machine)
  }
  return fields as SmallParts
}

const view = (zone: Zone): ZoneView => {
  const { nodeId, name, kind, startPfn, spannedPages } = zone
  const { presentPages, presentEarlyPages, managedPages } = zone
  const online = zone.online.ranges.map((range) => ({ ...range }))
  const counts = { startPfn, spannedPages, presentPages, presentEarlyPages, managedPages }
  return { nodeId, name, kind, ...counts, online }
}

const meminfoOf = (machine: Machine): Meminfo =>
  parseMeminfo(readCounters(machine, '/proc/meminfo'))

/** The lists of nodes; empty where the kernel shows none. */
function nodeLists(machine: Machine): SmallParts['nodes'] {
  const read = (name: string): readonly number[] =>
    showsNodes(machine) ? readNodeList(machine, name) : []
  return {
    possible: read('possible'),
    online: read('online'),
    has_memory: read('has_memory'),
    has_normal_memory: read('has_normal_memory'),
  }
}

function nodeTotals(machine: Machine): ReadonlyMap<NodeId, number> {
  const totals = new Map<NodeId, number>()
  if (!showsNodes(machine)) return totals
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

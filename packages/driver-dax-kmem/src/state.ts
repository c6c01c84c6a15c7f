import { invariant, type Machine, type PhysRange, type Range, rangeSize } from '@memhp/core'
import { driverSlot, type StateSlot } from '@memhp/core/plugin'
import {
  type DaxDriverName,
  type DaxKmemLayout,
  type DaxRegionConfig,
  type HotplugState,
  nameOf,
  regionOf,
} from './config'

/** The driver's name in descriptions and in `machine.state.memory.drivers`. */
export const DRIVER = 'dax-kmem'

/** Memory that devices are made of: `dax_region`. Addresses in bytes, `end` exclusive. */
export interface DaxRegion extends Range {
  /** 0 of `dax0.1`. */
  readonly id: number
  readonly kind: NonNullable<DaxRegionConfig['kind']>
  /** The node of its memory. */
  readonly node: number
  /** The device that was made first of those that no driver has taken since. */
  seed: string | null
}

/** A device on the dax bus. Addresses and sizes in bytes. */
export interface DaxDevice {
  /** `dax0.0`. */
  readonly name: string
  /** Number of its character device: at boot its place in the description. */
  readonly minor: number
  readonly kind: NonNullable<DaxRegionConfig['kind']>
  /** The node of its memory. */
  readonly node: number
  /** Its memory, in the order in which programs see it; empty where it has none. */
  ranges: readonly Range[]
  alignBytes: number
  memmapOnMemory: boolean
  driver: DaxDriverName | null
  /** device_dax failed to take it, and left its page map behind: it never takes it again. */
  keepsPageMap: boolean
  /** What kmem gave the kernel of it. It stays where it could not be taken back, though no driver is bound any more. */
  memory: DaxMemory | null
}

/** What kmem keeps of a device that it has taken. */
export interface DaxMemory {
  /** Whole memory blocks, of each of its ranges that has some, with its number. */
  ranges: readonly KmemRange[]
  readonly groupId: number
  /** What became of its blocks as they were added; `unplugged` while there are none. */
  state: HotplugState
}

/** Whole memory blocks of a range. */
export interface KmemRange extends PhysRange {
  /** Which range of the device: 0 of `mapping0`. */
  readonly mapping: number
}

/** Plain data in `machine.state.memory.drivers['dax-kmem']`. */
export interface DaxState {
  readonly regions: DaxRegion[]
  readonly devices: DaxDevice[]
  /** Names that a driver was told to take, beside those devices that are its kind. */
  readonly ids: Readonly<Record<DaxDriverName, string[]>>
}

/** The state before boot: nothing is bound, and nothing was added. */
export const newState = ({ regions }: DaxKmemLayout): DaxState => ({
  regions: regionsOf(regions),
  devices: regions.map((region, index) => {
    const { start, end } = regionOf(region)
    const { deviceBytes = end - start } = region
    return newDevice({
      name: nameOf(region, index),
      minor: index,
      kind: region.kind ?? 'soft-reserved',
      node: region.node,
      ranges: deviceBytes === 0 ? [] : [{ start, end: start + deviceBytes }],
      memmapOnMemory: region.memmapOnMemory ?? false,
    })
  }),
  ids: { device_dax: [], kmem: [] },
})

/** A device as it comes to the bus: no driver has it. */
export function newDevice(
  made: Pick<DaxDevice, 'name' | 'minor' | 'kind' | 'node' | 'ranges' | 'memmapOnMemory'>,
): DaxDevice {
  return { ...made, alignBytes: 2 ** 21, driver: null, keepsPageMap: false, memory: null }
}

/** Devices of a captured host may be of one region: it has all of their memory. */
function regionsOf(configs: readonly DaxRegionConfig[]): DaxRegion[] {
  const regions = new Map<number, DaxRegion>()
  for (const [index, config] of configs.entries()) {
    const id = regionId(nameOf(config, index))
    const { start, end } = regionOf(config)
    const { start: first = start, end: last = end } = regions.get(id) ?? {}
    const range = { start: Math.min(first, start), end: Math.max(last, end) }
    const kind = config.kind ?? 'soft-reserved'
    regions.set(id, { id, ...range, kind, node: config.node, seed: null })
  }
  return [...regions.values()]
}

/** Bytes of ranges together. */
export const bytesOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, range) => sum + rangeSize(range), 0)

/** Bytes of a device. */
export const sizeOf = ({ ranges }: DaxDevice): number => bytesOf(ranges)

/** Devices of a region, in the order in which they were made. */
export const devicesOf = (machine: Machine, { id }: Pick<DaxRegion, 'id'>): readonly DaxDevice[] =>
  daxState(machine).devices.filter(({ name }) => regionId(name) === id)

/** The region that a device is of. */
export function regionOfDevice(machine: Machine, { name }: DaxDevice): DaxRegion {
  const region = daxState(machine).regions.find(({ id }) => id === regionId(name))
  invariant(region !== undefined, `${name} is of a region.`)
  return region
}

/** Where the driver's state lies. */
export const DAX: StateSlot<DaxState> = driverSlot(DRIVER)

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const daxState = (machine: Machine): DaxState => DAX.of(machine)

/** The device of a name, where it is there. */
export const findDevice = (machine: Machine, name: string): DaxDevice | undefined =>
  daxState(machine).devices.find((device) => device.name === name)

/** Number of the region that a device is of. */
export function regionId(name: string): number {
  return Number(/^dax(\d+)/.exec(name)?.[1])
}

/** Directory of a device's parent, below /sys. */
export function parentOf(
  machine: Machine,
  { kind, id: region }: Pick<DaxRegion, 'kind' | 'id'>,
): string {
  if (kind === 'persistent')
    return `/devices/platform/e820_pmem/ndbus0/region${region}/dax${region}.0`
  const { parent } = machine.generation.rules.dax
  const below = parent === 'platform' ? '' : '/hmem_platform.0'
  return `/devices/platform${below}/hmem.${region}`
}

/** Path of a device in uevents. */
export const devpathOf = (machine: Machine, device: DaxDevice): string =>
  `${parentOf(machine, regionOfDevice(machine, device))}/${device.name}`

/** The node whose processors are nearest: that of the memory, once it is online. */
export function nearestNode(machine: Machine, { node }: DaxDevice): number {
  const { nodes } = machine.state.memory
  if ([...nodes.values()].some(({ id, online }) => id === node && online)) return node
  return [...nodes.values()].find(({ online }) => online)?.id ?? 0
}

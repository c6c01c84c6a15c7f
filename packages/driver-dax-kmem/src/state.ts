import type { Machine, PhysRange } from '@memhp/core'
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

/** A device on the dax bus. Addresses and sizes in bytes. */
export interface DaxDevice {
  /** `dax0.0`. */
  readonly name: string
  /** Its place in the description. */
  readonly index: number
  readonly kind: NonNullable<DaxRegionConfig['kind']>
  /** Where its region begins, and so the device. */
  readonly start: number
  readonly regionBytes: number
  /** The node of its memory. */
  readonly node: number
  sizeBytes: number
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
  /** Whole memory blocks. */
  readonly range: PhysRange
  readonly groupId: number
  /** What became of its blocks as they were added; `unplugged` while there are none. */
  state: HotplugState
}

/** Plain data in `machine.state.memory.drivers['dax-kmem']`. */
export interface DaxState {
  readonly devices: DaxDevice[]
  /** Names that a driver was told to take, beside those devices that are its kind. */
  readonly ids: Readonly<Record<DaxDriverName, string[]>>
}

/** The state before boot: nothing is bound, and nothing was added. */
export const newState = ({ regions }: DaxKmemLayout): DaxState => ({
  devices: regions.map((region, index) => {
    const { start, end } = regionOf(region)
    return {
      name: nameOf(region, index),
      index,
      kind: region.kind ?? 'soft-reserved',
      start,
      regionBytes: end - start,
      node: region.node,
      sizeBytes: region.deviceBytes ?? end - start,
      alignBytes: 2 ** 21,
      memmapOnMemory: region.memmapOnMemory ?? false,
      driver: null,
      keepsPageMap: false,
      memory: null,
    }
  }),
  ids: { device_dax: [], kmem: [] },
})

/** Where the driver's state lies. */
export const DAX: StateSlot<DaxState> = driverSlot(DRIVER)

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const daxState = (machine: Machine): DaxState => DAX.of(machine)

/** The device of a name, where it is there. */
export const findDevice = (machine: Machine, name: string): DaxDevice | undefined =>
  daxState(machine).devices.find((device) => device.name === name)

/** Number of the region that a device is of. */
export const regionId = (name: string): number => Number(/^dax(\d+)/.exec(name)?.[1])

/** Directory of a device's parent, below /sys. */
export function parentOf(machine: Machine, { kind, name }: DaxDevice): string {
  const region = regionId(name)
  if (kind === 'persistent')
    return `/devices/platform/e820_pmem/ndbus0/region${region}/dax${region}.0`
  const { parent } = machine.generation.rules.dax
  const below = parent === 'platform' ? '' : '/hmem_platform.0'
  return `/devices/platform${below}/hmem.${region}`
}

/** Path of a device in uevents. */
export const devpathOf = (machine: Machine, device: DaxDevice): string =>
  `${parentOf(machine, device)}/${device.name}`

import { type Machine, type NodeId, nodeId, physAddr } from '@memhp/core'
import {
  driverSlot,
  emptyIntervalSet,
  guessNode,
  type IntervalSet,
  insertInterval,
  type StateSlot,
} from '@memhp/core/plugin'
import type { VirtioMemDeviceConfig, VirtioMemLayout } from './config'

/** The driver's name in descriptions and in `machine.state.memory.drivers`. */
export const DRIVER = 'virtio-mem'

/** The kernel's name for the driver: that of its directory in /sys/bus/virtio/drivers, and of its module. */
export const DRIVER_NAME = 'virtio_mem'

/** A device: the hypervisor's half, and the kernel's. Addresses and sizes in bytes. */
export interface VirtioMemDevice {
  /** The hypervisor's name for it. */
  readonly id: string
  /** The kernel's name for it: `virtio0`; empty where the kernel does not see it. */
  readonly name: string
  /** Index of the port that it is in; null where it was there at boot. */
  readonly port: number | null
  readonly address: number
  readonly maxBytes: number
  /** What is plugged and unplugged together. */
  readonly blockBytes: number
  /** The hypervisor's number for its node. */
  readonly node: number
  requestedBytes: number
  /** What is plugged, by physical address. */
  readonly plugged: IntervalSet
  /** What the kernel's driver keeps of it; null while it is not bound. */
  bound: BoundDevice | null
  /**
   * The group of memory that was added when the driver went, null where none was: the region stays reserved, and no driver takes the
   * device again.
   */
  leftGroupId: number | null
}

/** What the kernel's driver keeps of a device. */
export interface BoundDevice {
  /**
   * Sub-blocks: memory is added block by block, and a block may be plugged in part. Big blocks: a device block is larger than a
   * memory block, and memory is added by whole ones.
   */
  readonly mode: 'sub-blocks' | 'big-blocks'
  /** Bytes of a sub-block or a big block. */
  readonly unitBytes: number
  readonly groupId: number
  /** A request fell short, and is tried again when a timer runs out. */
  isWaiting: boolean
  /** The driver met an error that it does not know, and does nothing more. */
  isBroken: boolean
}

/** Plain data in `machine.state.memory.drivers['virtio-mem']`. */
export interface VirtioMemState {
  readonly devices: VirtioMemDevice[]
  /** Devices that share a port with one that was there first: the hypervisor has them, and the kernel sees none of them. */
  readonly unseen: VirtioMemDevice[]
  /** Ids of devices that are gone; the hypervisor keeps the memory behind them. */
  readonly backends: string[]
  /** Nodes that firmware's tables name, by the hypervisor's numbers, in the kernel's order; null: the numbers are the same. */
  readonly named: readonly number[] | null
  /** The id of the device whose memory is being added or removed now. */
  running: string | null
  /** Whether the kernel has the driver: a module, which can be taken out. */
  isLoaded: boolean
}

/** The state before boot: devices of a captured machine are there, with what is plugged of them. */
export const newState = (layout: VirtioMemLayout): VirtioMemState => ({
  devices: layout.devices.flatMap((device) => capturedDevice(layout, device) ?? []),
  unseen: [],
  backends: layout.devices.map(({ id }) => id),
  named: layout.domains?.named ?? null,
  running: null,
  isLoaded: true,
})

function capturedDevice(
  layout: VirtioMemLayout,
  config: VirtioMemDeviceConfig,
): VirtioMemDevice | undefined {
  const { id, name, address, maxBytes, node = 0, blockBytes = layout.blockBytes } = config
  if (config.plugged === undefined || address === undefined || name === undefined) return undefined
  const plugged = emptyIntervalSet()
  for (const range of config.plugged) insertInterval(plugged, range)
  const bytes = plugged.ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  const requestedBytes = config.requestedBytes ?? bytes
  const sizes = { maxBytes, blockBytes, requestedBytes }
  const unbound = { bound: null, leftGroupId: null }
  return { id, name, port: null, address, ...sizes, node, plugged, ...unbound }
}

/** Where the driver's state lies. */
export const VIRTIO_MEM: StateSlot<VirtioMemState> = driverSlot(DRIVER)

/**
 * The kernel's node for a device: that of its proximity domain, else the likely one of its address.
 * Source: virtio_mem_translate_node_id, drivers/virtio/virtio_mem.c 6.1
 */
export function nodeOfDevice(
  machine: Machine,
  { node, address }: Pick<VirtioMemDevice, 'node' | 'address'>,
): NodeId {
  const { named } = virtioMemState(machine)
  if (named === null) return nodeId(node)
  return named.includes(node) ? nodeId(named.indexOf(node)) : guessNode(machine, physAddr(address))
}

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const virtioMemState = (machine: Machine): VirtioMemState => VIRTIO_MEM.of(machine)

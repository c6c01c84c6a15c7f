import { type MemoryDevice, nodeId } from '@memhp/core'
import type { DriverDefinition, FirmwareDriver } from '@memhp/core/plugin'
import { bootDevices } from './bus/boot'
import { type DaxKmemConfig, type DaxKmemLayout, parseConfig } from './config'
import { DAX_READING } from './dialect/reading'
import { checkDevices } from './invariants'
import { daxDirectories } from './namespace/directories'
import { DAX, type DaxDevice, DRIVER, daxState, newState } from './state'

const createDriver = (layout: DaxKmemLayout): FirmwareDriver => ({
  name: DRIVER,
  platform: null,
  boot: (machine) => bootDevices(machine, layout),
  devices: (machine) => daxState(machine).devices.flatMap((device) => memoryOf(device)),
  work() {},
  directories: daxDirectories,
  check: checkDevices,
})

/** What the kernel has of a device; it stays the device's where it could not be taken back. */
function memoryOf({ name, node, memory }: DaxDevice): readonly MemoryDevice[] {
  if (memory === null) return []
  const { groupId, state } = memory
  const enabled = state !== 'unplugged'
  const ranges = memory.ranges.map(({ start, end }) => ({ start, end, enabled }))
  return [{ name, driver: DRIVER, nodeId: nodeId(node), ranges, groupId }]
}

/**
 * device-dax and kmem: memory that firmware keeps apart is a device, and the kernel takes it in and gives it back as a driver is
 * bound and unbound. Its part of a machine description is a `DaxKmemConfig`.
 * Source: drivers/dax/bus.c, kmem.c, device.c 6.1; spec 6.5
 */
export const daxKmemDriver: DriverDefinition<DaxKmemLayout, DaxKmemConfig, 'dax-kmem'> = {
  name: DRIVER,
  contract: 1,
  summary:
    'device-dax and kmem: memory that firmware keeps apart, as devices that the kernel takes.',
  parseConfig,
  slot: DAX,
  initialState: newState,
  create: createDriver,
  reading: DAX_READING,
}

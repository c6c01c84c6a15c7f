import { type BlockId, blockId, type Machine, nodeId } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import {
  joinGroup,
  logLine,
  registerGroup,
  releaseRegion,
  requestRegion,
  unregisterGroup,
} from '@memhp/core/plugin'
import { regionOf, unitsOf } from './region'
import type { BoundDevice, VirtioMemDevice } from './state'

const hex = (value: number): string => `0x${value.toString(16)}`

/** How the driver goes about memory of a device, by its device block. Source: virtio_mem_init, drivers/virtio/virtio_mem.c 6.1 */
function unitOf(
  { geometry }: Machine,
  { blockBytes }: VirtioMemDevice,
): Pick<BoundDevice, 'mode' | 'unitBytes'> {
  const pageblockBytes = geometry.pageblockPages * geometry.pageBytes
  const unitBytes = Math.max(blockBytes, pageblockBytes)
  return unitBytes < geometry.blockBytes
    ? { mode: 'sub-blocks', unitBytes }
    : { mode: 'big-blocks', unitBytes: Math.max(blockBytes, geometry.blockBytes) }
}

/**
 * The kernel's driver takes a device: it reserves the region, and says what it found.
 * @throws HotplugError RESOURCE_BUSY (EEXIST) where something else is in the region
 * Source: virtio_mem_probe, drivers/virtio/virtio_mem.c 6.1
 */
export function bindDevice(machine: Machine, device: VirtioMemDevice): void {
  const region = regionOf(device)
  requestRegion(machine.state.memory.resources, { name: device.name, range: region })
  const unit = unitOf(machine, device)
  const { pageBytes, blockBytes } = machine.geometry
  const groupId = registerGroup(machine, {
    kind: 'dynamic',
    nodeId: nodeId(device.node),
    pages: (unit.mode === 'sub-blocks' ? blockBytes : unit.unitBytes) / pageBytes,
  })
  device.bound = { ...unit, groupId, isWaiting: false, isBroken: false }
  const lines = [
    `start address: ${hex(region.start)}`,
    `region size: ${hex(device.maxBytes)}`,
    `device block size: ${hex(device.blockBytes)}`,
    `nid: ${device.node}`,
    `memory block size: ${hex(blockBytes)}`,
    `${unit.mode === 'sub-blocks' ? 'subblock' : 'big block'} size: ${hex(unit.unitBytes)}`,
  ]
  for (const line of lines) logLine(machine, 'info', `virtio_mem ${device.name}: ${line}`)
}

/** The driver lets a device go of which nothing is added. */
export function unbindDevice(machine: Machine, device: VirtioMemDevice): void {
  const { bound } = device
  device.bound = null
  if (blocksOf(machine, device).length > 0) {
    logLine(machine, 'warn', `virtio_mem ${device.name}: device still has system memory added`)
    return
  }
  if (bound?.groupId != null) unregisterGroup(machine, bound.groupId)
  releaseRegion(machine.state.memory.resources, regionOf(device))
}

/** Memory blocks of the region that are there, ascending. */
export const blocksOf = (machine: Machine, device: VirtioMemDevice): readonly BlockId[] =>
  unitsOf(device, machine.geometry.blockBytes)
    .map(({ start }) => blockId(start / machine.geometry.blockBytes))
    .filter((id) => findBlock(machine, id) !== undefined)

/** Takes in the blocks that were there when the machine was captured. */
export function adoptBlocks(machine: Machine, device: VirtioMemDevice): void {
  const groupId = device.bound?.groupId
  if (groupId != null) joinGroup(machine, { groupId, blocks: blocksOf(machine, device) })
}

import {
  ERRNO,
  HotplugError,
  isHotplugError,
  type Machine,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import {
  joinGroup,
  logLine,
  passPoint,
  registerGroup,
  releaseRegion,
  requestRegion,
  say,
  unregisterGroup,
} from '@memhp/core/plugin'
import {
  asPhys,
  blockAt,
  groupIdOf,
  ownBlock,
  ownBlocks,
  pluggedBytes,
  regionOf,
  setPlugged,
  unitsOf,
} from './region'
import { type BoundDevice, DRIVER_NAME, nodeOfDevice, type VirtioMemDevice } from './state'

const hex = (value: number): string => `0x${value.toString(16)}`

/** How the driver goes about memory of a device, by its device block. Source: virtio_mem_init, drivers/virtio/virtio_mem.c 6.1 */
function unitOf(
  machine: Machine,
  { name, blockBytes }: VirtioMemDevice,
): Pick<BoundDevice, 'mode' | 'unitBytes'> {
  const { geometry, generation } = machine
  if (generation.rules.resizable.unit === 'largest-chunk') {
    const largest = 2 ** geometry.maxOrder * geometry.pageBytes
    if (blockBytes <= geometry.blockBytes)
      return { mode: 'sub-blocks', unitBytes: Math.max(blockBytes, largest) }
    logLine(machine, 'err', `virtio_mem ${name}: The block size is not supported (too big).`)
    throw new HotplugError(
      'REQUEST_REFUSED',
      'EINVAL',
      `Blocks of ${name} are larger than those of memory.`,
      {
        detail: { device: name, blockBytes },
      },
    )
  }
  const pageblockBytes = geometry.pageblockPages * geometry.pageBytes
  const unitBytes = Math.max(blockBytes, pageblockBytes)
  return unitBytes < geometry.blockBytes
    ? { mode: 'sub-blocks', unitBytes }
    : { mode: 'big-blocks', unitBytes: Math.max(blockBytes, geometry.blockBytes) }
}

/**
 * The kernel's driver takes a device: it says what it found, and reserves the region.
 * @throws HotplugError RESOURCE_BUSY (EBUSY) where something else is in the region, or memory of a driver before it; the
 *   refusal of its memory group; REQUEST_REFUSED (EINVAL) where old kernels have no use for blocks so large. The log tells all.
 * Source: virtio_mem_probe, drivers/virtio/virtio_mem.c 6.1; really_probe, drivers/base/dd.c 6.1
 */
export function bindDevice(machine: Machine, device: VirtioMemDevice): void {
  try {
    takeDevice(machine, device)
  } catch (error) {
    if (isHotplugError(error)) {
      const errno = -ERRNO[error.errno]
      say(machine, 'probeFailed', { driver: DRIVER_NAME, device: device.name, errno })
    }
    throw error
  }
}

function takeDevice(machine: Machine, device: VirtioMemDevice): void {
  const unit = unitOf(machine, device)
  announceDevice(machine, device, unit)
  reserveRegion(machine, device)
  const { pageBytes, blockBytes } = machine.geometry
  const pages = (unit.mode === 'sub-blocks' ? blockBytes : unit.unitBytes) / pageBytes
  const group = { kind: 'dynamic', nodeId: nodeOfDevice(machine, device), pages } as const
  let groupId: number
  try {
    groupId = registerGroup(machine, group)
  } catch (error) {
    releaseRegion(machine.state.memory.resources, regionOf(device))
    throw error
  }
  device.bound = { ...unit, groupId, isWaiting: false, isBroken: false }
}

/** What is plugged of a device as its driver comes is not in use: the hypervisor unplugs all of it. */
export function unplugAll(machine: Machine, device: VirtioMemDevice): void {
  if (pluggedBytes(device) === 0) return
  logLine(machine, 'info', `virtio_mem ${device.name}: unplugging all memory is required`)
  setPlugged(machine, device, { range: regionOf(device), to: 'unplugged' })
}

function announceDevice(
  machine: Machine,
  device: VirtioMemDevice,
  { mode, unitBytes }: Pick<BoundDevice, 'mode' | 'unitBytes'>,
): void {
  const lines = [
    `start address: ${hex(device.address)}`,
    `region size: ${hex(device.maxBytes)}`,
    `device block size: ${hex(device.blockBytes)}`,
    `nid: ${nodeOfDevice(machine, device)}`,
    `memory block size: ${hex(machine.geometry.blockBytes)}`,
    `${mode === 'sub-blocks' ? 'subblock' : 'big block'} size: ${hex(unitBytes)}`,
  ]
  for (const line of lines) logLine(machine, 'info', `virtio_mem ${device.name}: ${line}`)
}

function reserveRegion(machine: Machine, device: VirtioMemDevice): void {
  const { resources } = machine.state.memory
  const refusal = refusalOf(() => {
    passPoint(machine, 'virtio-mem/reserve-region')
    if (device.leftGroupId !== null) throw regionBusy(device)
    requestRegion(resources, { name: device.name, range: regionOf(device) })
  })
  if (refusal === undefined) return
  const prefix = `virtio_mem ${device.name}`
  logLine(machine, 'warn', `${prefix}: could not reserve device region`)
  logLine(machine, 'info', `${prefix}: reloading the driver is not supported`)
  throw regionBusy(device)
}

const regionBusy = ({ id, name }: VirtioMemDevice): HotplugError =>
  new HotplugError('RESOURCE_BUSY', 'EBUSY', `The region of ${name} is reserved already.`, {
    detail: { id },
  })

/**
 * The driver lets a device go. Blocks that are plugged in part and offline go with it; where others are added they stay, and the
 * region with them, and no driver takes the device again. Otherwise nothing is left.
 * Source: virtio_mem_deinit_hotplug, drivers/virtio/virtio_mem.c 6.1
 */
export function unbindDevice(machine: Machine, device: VirtioMemDevice): void {
  const { bound } = device
  if (bound === null) return
  removePartialBlocks(machine, device, bound)
  const isLeft = ownBlocks(machine, device).length > 0
  device.bound = null
  if (isLeft) {
    device.leftGroupId = bound.groupId
    logLine(machine, 'warn', `virtio_mem ${device.name}: device still has system memory added`)
    return
  }
  unregisterGroup(machine, bound.groupId)
  releaseRegion(machine.state.memory.resources, regionOf(device))
}

/** Once the driver is gone nothing would withhold what of these is not plugged, were they to come online. */
function removePartialBlocks(
  machine: Machine,
  device: VirtioMemDevice,
  { mode }: BoundDevice,
): void {
  if (mode === 'big-blocks') return
  const { blockBytes } = machine.geometry
  for (const block of unitsOf(device, blockBytes)) {
    if (ownBlock(machine, device, block)?.state !== 'offline') continue
    if (pluggedBytes(device, block) === blockBytes) continue
    refusalOf(() => removeMemory(machine, { range: asPhys(block) }))
  }
}

/** Takes in the blocks that were there when the machine was captured. */
export function adoptBlocks(machine: Machine, device: VirtioMemDevice): void {
  const groupId = groupIdOf(device)
  if (groupId === null) return
  const there = unitsOf(device, machine.geometry.blockBytes).flatMap(
    (range) => blockAt(machine, range)?.id ?? [],
  )
  joinGroup(machine, { groupId, blocks: there })
}

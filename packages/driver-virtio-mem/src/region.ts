import {
  alignDown,
  alignUp,
  type BlockId,
  blockId,
  type Machine,
  type MemoryBlock,
  type PfnRange,
  type PhysRange,
  pfn,
  physAddr,
  type Range,
  rangeIntersection,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import {
  coveredSize,
  emitPlatformEvent,
  insertInterval,
  intervalAtOrAbove,
  passPoint,
  removeInterval,
} from '@memhp/core/plugin'
import type { VirtioMemDevice } from './state'

/** The physical addresses of a device. */
export const regionOf = ({ address, maxBytes }: VirtioMemDevice): Range => ({
  start: address,
  end: address + maxBytes,
})

/** Bytes that are plugged, of all or of a part of its region. */
export const pluggedBytes = (device: VirtioMemDevice, part: Range = regionOf(device)): number =>
  coveredSize(device.plugged, part)

/** Whole units of a size in its region, ascending. */
export function unitsOf(device: VirtioMemDevice, unitBytes: number): readonly Range[] {
  const { start, end } = regionOf(device)
  const units: Range[] = []
  for (
    let at = alignUp(start, unitBytes);
    at + unitBytes <= alignDown(end, unitBytes);
    at += unitBytes
  )
    units.push({ start: at, end: at + unitBytes })
  return units
}

/** The memory blocks of a range. */
export function blocksIn({ geometry }: Machine, { start, end }: Range): readonly BlockId[] {
  const ids: BlockId[] = []
  for (let at = start; at < end; at += geometry.blockBytes)
    ids.push(blockId(at / geometry.blockBytes))
  return ids
}

/** The first memory block of a range, where it is added. */
export const blockAt = (machine: Machine, { start }: Range): Readonly<MemoryBlock> | undefined =>
  findBlock(machine, blockId(start / machine.geometry.blockBytes))

/** The memory group of a device; null where it has none. */
export const groupIdOf = ({ bound, leftGroupId }: VirtioMemDevice): number | null =>
  bound?.groupId ?? leftGroupId

/** The first memory block of a range, where the driver has added it for the device. */
export function ownBlock(
  machine: Machine,
  device: VirtioMemDevice,
  range: Range,
): Readonly<MemoryBlock> | undefined {
  const groupId = groupIdOf(device)
  const block = groupId === null ? undefined : blockAt(machine, range)
  return block?.groupId === groupId ? block : undefined
}

/** The memory blocks that the driver has added for a device, ascending. */
export const ownBlocks = (machine: Machine, device: VirtioMemDevice): readonly Range[] =>
  unitsOf(device, machine.geometry.blockBytes).filter(
    (block) => ownBlock(machine, device, block) !== undefined,
  )

export const asPhys = ({ start, end }: Range): PhysRange => ({
  start: physAddr(start),
  end: physAddr(end),
})

export const pagesOf = ({ geometry }: Machine, { start, end }: Range): PfnRange => ({
  start: pfn(start / geometry.pageBytes),
  end: pfn(end / geometry.pageBytes),
})

/** The parts of a range that are plugged, ascending. */
export function pluggedParts({ plugged }: VirtioMemDevice, range: Range): readonly Range[] {
  const parts: Range[] = []
  for (let at = range.start; at < range.end; ) {
    const next = intervalAtOrAbove(plugged, at)
    const part = next && rangeIntersection<number>(next, range)
    if (part === undefined) break
    parts.push(part)
    at = part.end
  }
  return parts
}

/** The parts of a range that are not plugged, ascending. */
export function unpluggedParts(device: VirtioMemDevice, range: Range): readonly Range[] {
  const parts: Range[] = []
  let at = range.start
  for (const part of [...pluggedParts(device, range), { start: range.end, end: range.end }]) {
    if (at < part.start) parts.push({ start: at, end: part.start })
    at = part.end
  }
  return parts
}

interface Change {
  readonly range: Range
  readonly to: 'plugged' | 'unplugged'
}

/**
 * Asks the hypervisor to plug a range, or to unplug it.
 * @throws HotplugError as a fault has it: the hypervisor is busy
 */
export function askToPlug(machine: Machine, device: VirtioMemDevice, change: Change): void {
  passPoint(machine, change.to === 'plugged' ? 'virtio-mem/plug' : 'virtio-mem/unplug')
  setPlugged(machine, device, change)
}

/** The hypervisor plugs a range, or unplugs it, and tells what is plugged then. */
export function setPlugged(machine: Machine, device: VirtioMemDevice, { range, to }: Change): void {
  if (to === 'plugged') insertInterval(device.plugged, range)
  else removeInterval(device.plugged, range)
  const { id } = device
  emitPlatformEvent(machine, {
    event: 'MEMORY_DEVICE_SIZE_CHANGE',
    data: { id, size: pluggedBytes(device), 'qom-path': `/machine/peripheral/${id}` },
  })
}

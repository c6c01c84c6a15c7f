import {
  addMemory,
  HotplugError,
  isHotplugError,
  type Machine,
  type OnlineType,
  type PhysRange,
  refusalOf,
} from '@memhp/core'
import { dropRegion, failsAt, reserveRegion, say } from '@memhp/core/plugin'
import { DAX_LOG } from '../log'
import type { DaxDevice, DaxMemory, KmemRange } from '../state'

/** Name of its memory in /proc/iomem. */
const RESOURCE_NAME = 'System RAM (kmem)'

/** A range of a device, and the group that it joins. */
interface Plugged {
  readonly range: KmemRange
  readonly groupId: number
  readonly onlineType: OnlineType
}

/**
 * Adds the memory of a device. What cannot be added once some of it is there is passed over.
 * @param onlineType what its blocks become
 * @returns what was added
 * @throws HotplugError as `plugRange` for the first one
 */
export function plugMemory(
  machine: Machine,
  device: DaxDevice,
  { ranges, groupId }: DaxMemory,
  onlineType: OnlineType,
): readonly KmemRange[] {
  const added: KmemRange[] = []
  for (const range of ranges) {
    const refusal = refusalOf(() => plugRange(machine, device, { range, groupId, onlineType }))
    if (refusal === undefined) added.push(range)
    else if (added.length === 0) throw refusal
  }
  return added
}

/**
 * Reserves the range under the device's name, and adds it.
 * @throws HotplugError RESOURCE_BUSY (EBUSY) where the range is not free, and as `addMemory`
 */
function plugRange(
  machine: Machine,
  device: DaxDevice,
  { range: { mapping, ...range }, groupId, onlineType }: Plugged,
): void {
  const { name } = device
  const places = { device: name, mapping, start: range.start, last: range.end - 1 }
  const isTaken = failsAt(machine, 'dax-kmem/region') || !reserve(machine, name, range)
  if (isTaken) {
    say(machine, 'daxMemoryTaken', places, DAX_LOG)
    const text = `The memory of ${name} is in use in the resource tree.`
    throw new HotplugError('RESOURCE_BUSY', 'EBUSY', text, { detail: { device: name, ...range } })
  }
  const mayHost = machine.generation.rules.dax.memmapOnMemory === 'by-file'
  const memmap = mayHost && device.memmapOnMemory ? ({ memmapOnMemory: true } as const) : {}
  const refusal = refusalOf(() =>
    addMemory(machine, { range, groupId, resourceName: RESOURCE_NAME, onlineType, ...memmap }),
  )
  if (refusal === undefined) return
  say(machine, 'daxNotAdded', places, DAX_LOG)
  dropRegion(machine.state.memory.resources, { name, range })
  throw refusal
}

/** Reserves a range for what is added to it. @returns false where it is not free */
function reserve(machine: Machine, name: string, range: PhysRange): boolean {
  try {
    reserveRegion(machine.state.memory.resources, { name, range, busy: false })
    return true
  } catch (error) {
    if (isHotplugError(error)) return false
    throw error
  }
}

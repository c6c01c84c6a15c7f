import { addMemory, type Machine, type OnlineType, refusalOf } from '@memhp/core'
import { dropRegion, say } from '@memhp/core/plugin'
import { DAX_LOG } from '../log'
import type { DaxDevice, DaxMemory, KmemRange } from '../state'
import { reserveRange } from './range'

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
  const taken = reserveRange(machine, name, { ...range, busy: false })
  if (taken !== undefined) {
    say(machine, 'daxMemoryTaken', places, DAX_LOG)
    throw taken
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

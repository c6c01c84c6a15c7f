import { HotplugError, type Machine, nodeId, pfn, type Range } from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import { dropRegion, growSpans, say } from '@memhp/core/plugin'
import { GRAIN } from '../config'
import { reserveRange } from '../kmem/range'
import { DAX_LOG } from '../log'
import { type DaxDevice, nearestNode } from '../state'

/**
 * device_dax takes a device, for programs. Where its range is not free, the page map that was made for it stays, and each later
 * try ends at that.
 * @throws HotplugError RESOURCE_BUSY (EBUSY), BAD_ARGUMENT (EINVAL) after that
 * Source: dev_dax_probe, drivers/dax/device.c 6.1; guests of 6.1 and 7.3
 */
export function probeDeviceDax(machine: Machine, device: DaxDevice): void {
  const { name } = device
  if (device.keepsPageMap) {
    say(machine, 'daxMapKept', { device: name }, DAX_LOG)
    const text = `${name} has the page map of an earlier try still.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { device: name } })
  }
  for (const [mapping, range] of device.ranges.entries()) {
    const refusal = reserveRange(machine, name, { ...range, busy: true })
    if (refusal === undefined) continue
    drop(machine, name, device.ranges.slice(0, mapping))
    device.keepsPageMap = device.kind !== 'persistent'
    const places = { device: name, mapping, start: range.start, last: range.end - 1 }
    say(machine, 'daxRangeTaken', places, DAX_LOG)
    throw refusal
  }
  joinZoneDevice(machine, device)
}

/**
 * Its pages are of the zone Device, as far as its span tells: none is present. The span never shrinks. Persistent memory has
 * its header in it. Source: move_pfn_range_to_zone, remove_pfn_range_from_zone, mm/memory_hotplug.c 6.1; guests of 6.1 and 7.3
 */
function joinZoneDevice(machine: Machine, device: DaxDevice): void {
  const node = findNode(machine, nodeId(nearestNode(machine, device)))
  const zone = node?.zones.find(({ kind }) => kind === 'device')
  if (node === undefined || zone === undefined) return
  const { pageBytes } = machine.geometry
  const header = device.kind === 'persistent' ? GRAIN : 0
  for (const { start, end } of device.ranges)
    growSpans(node, zone, { start: pfn((start - header) / pageBytes), end: pfn(end / pageBytes) })
}

function drop(machine: Machine, name: string, ranges: readonly Range[]): void {
  for (const range of ranges) dropRegion(machine.state.memory.resources, { name, range })
}

/** device_dax lets a device go. */
export const releaseDeviceDax = (machine: Machine, device: DaxDevice): void =>
  drop(machine, device.name, device.ranges)

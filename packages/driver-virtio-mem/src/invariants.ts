import { invariant, type Machine } from '@memhp/core'
import { ownBlock, pluggedBytes, regionOf, unitsOf } from './region'
import { virtioMemState } from './state'

/** What is plugged lies in the region, and is in whole units; a block that is there is plugged, or was given up on. */
export function checkDevices(machine: Machine): void {
  const { blockBytes, pageBytes } = machine.geometry
  for (const device of virtioMemState(machine).devices) {
    const { start, end } = regionOf(device)
    for (const range of device.plugged.ranges)
      invariant(start <= range.start && range.end <= end, `${device.id} has memory outside itself.`)
    if (device.bound === null) continue
    for (const block of unitsOf(device, blockBytes)) {
      const plugged = pluggedBytes(device, block)
      const found = ownBlock(machine, device, block)
      const id = block.start / blockBytes
      invariant(found !== undefined || plugged === 0, `memory${id} is plugged, and not added.`)
      if (found?.state !== 'online' || device.bound.mode === 'big-blocks') continue
      const withheld = (blockBytes - plugged) / pageBytes
      invariant(
        found.withheldPages === withheld,
        `memory${id} withholds ${found.withheldPages} pages, and ${withheld} are not plugged.`,
      )
    }
  }
}

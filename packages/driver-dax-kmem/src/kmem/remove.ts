import { type Machine, refusalOf, removeMemory } from '@memhp/core'
import { dropRegion, say, unregisterGroup } from '@memhp/core/plugin'
import { DAX_LOG } from '../log'
import type { DaxDevice, KmemRange } from '../state'

/**
 * kmem lets a device go. Its memory goes with it if all of its blocks are offline; else it stays, in use and in the resource
 * tree, and nothing but a reboot takes it back. Whoever asked is told nothing of it.
 * Source: dev_dax_kmem_remove, drivers/dax/kmem.c 6.1; spec 6.5
 */
export function releaseKmem(machine: Machine, device: DaxDevice): void {
  const { memory, name } = device
  if (memory === null) return
  const { groupId, state } = memory
  if (state !== 'unplugged') {
    const stuck = memory.ranges.filter((range) => !removes(machine, name, range))
    if (stuck.length > 0) {
      memory.ranges = stuck
      say(machine, 'daxAllStuck', { device: name })
      return
    }
  }
  unregisterGroup(machine, groupId)
  device.memory = null
}

/** Takes one range back. @returns false where it stays */
function removes(machine: Machine, name: string, { mapping, ...range }: KmemRange): boolean {
  if (refusalOf(() => removeMemory(machine, { range })) !== undefined) {
    const places = { device: name, mapping, start: range.start, last: range.end - 1 }
    say(machine, 'daxStuck', places, DAX_LOG)
    return false
  }
  dropRegion(machine.state.memory.resources, { name, range })
  return true
}

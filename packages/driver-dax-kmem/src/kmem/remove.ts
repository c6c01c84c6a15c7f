import { type Machine, refusalOf, removeMemory } from '@memhp/core'
import { dropRegion, say, unregisterGroup } from '@memhp/core/plugin'
import { DAX_LOG } from '../log'
import type { DaxDevice } from '../state'

/**
 * kmem lets a device go. Its memory goes with it if all of its blocks are offline; else it stays, in use and in the resource
 * tree, and nothing but a reboot takes it back. Whoever asked is told nothing of it.
 * Source: dev_dax_kmem_remove, drivers/dax/kmem.c 6.1; spec 6.5
 */
export function releaseKmem(machine: Machine, device: DaxDevice): void {
  const { memory, name } = device
  if (memory === null) return
  const { range, groupId, state } = memory
  if (state !== 'unplugged') {
    if (refusalOf(() => removeMemory(machine, { range })) !== undefined) {
      say(machine, 'daxStuck', { device: name, start: range.start, last: range.end - 1 }, DAX_LOG)
      say(machine, 'daxAllStuck', { device: name })
      return
    }
    dropRegion(machine.state.memory.resources, { name, range })
  }
  unregisterGroup(machine, groupId)
  device.memory = null
}

import { nodesByDistance } from '../allocator/zonelist'
import { say } from '../machine/say'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { isKernelZone } from '../zone/zone-table'

/**
 * The kernel builds its zonelists again: what it says of them. The policy zone is the highest kernel zone that they ever
 * held. Quirk: the model keeps no watermarks, which real kernels take off the pages.
 * @param added the node that memory is added to while it is offline: its own lists alone are built
 * Source: build_all_zonelists, build_zonelists, mm/page_alloc.c, and check_highest_zone, include/linux/mempolicy.h (3.10, 6.1).
 */
export function tellZonelists(machine: Machine, added?: MemoryNode): void {
  const { memory, journal } = machine.state
  const nodes = [...memory.nodes.values()]
  for (const node of added === undefined ? nodes : [added]) tellFallback(machine, node)
  const lists = nodes.filter(({ online }) => online).length
  say(machine, 'zonelistsBuilt', { lists, pages: memory.totalManagedPages })
  const [first] = nodes
  const kernelZones = first?.zones.filter(isKernelZone) ?? []
  const isPopulated = (index: number): boolean =>
    nodes.some(({ zones }) => (zones[index]?.presentPages ?? 0) > 0)
  const highest = kernelZones.findLastIndex((_, index) => isPopulated(index))
  journal.policyZone = Math.max(journal.policyZone, highest)
  const zone = kernelZones[journal.policyZone]?.name
  if (zone !== undefined && machine.features.numa) say(machine, 'policyZone', { zone })
}

/** The nodes whose zones the lists of a node have: its own, and those with memory. */
function tellFallback(machine: Machine, { id, isPossible }: MemoryNode): void {
  if (!machine.features.numa || !isPossible) return
  const { nodes } = machine.state.memory
  const order = nodesByDistance(machine, { nodeId: id }).filter(
    (each) => each === id || nodes.get(each)?.hasMemory === true,
  )
  say(machine, 'fallbackOrder', { node: id, order: order.join(' ') })
}

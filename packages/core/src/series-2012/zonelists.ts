import { say } from '../machine/say'
import type { Machine } from '../model/machine'
import { isKernelZone } from '../zone/zone-table'

/**
 * The kernel builds its zonelists again: what it says of them. The policy zone is the highest kernel zone that they ever
 * held. Quirk: the model keeps no watermarks, which real kernels take off the pages.
 * Source: build_all_zonelists and check_highest_zone, mm/page_alloc.c and include/linux/mempolicy.h 3.10.
 */
export function tellZonelists(machine: Machine): void {
  const { memory, journal } = machine.state
  const nodes = [...memory.nodes.values()]
  const lists = nodes.filter(({ online }) => online).length
  say(machine, 'zonelistsBuilt', { lists, pages: memory.totalManagedPages })
  const [first] = nodes
  const kernelZones = first?.zones.filter(isKernelZone) ?? []
  const isPopulated = (index: number): boolean =>
    nodes.some(({ zones }) => (zones[index]?.presentPages ?? 0) > 0)
  const highest = kernelZones.findLastIndex((_, index) => isPopulated(index))
  journal.policyZone = Math.max(journal.policyZone, highest)
  const zone = kernelZones[journal.policyZone]?.name
  if (zone !== undefined) say(machine, 'policyZone', { zone })
}

import { type IntervalSet, insertInterval } from '../address/interval-set'
import type { PfnRange } from '../address/range'
import { alignUp } from '../address/units'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Zone } from '../model/zone'
import { subsectionPages } from './subsection'
import { shrinkSpans } from './zone-span'

/** Shrinks the spans of a zone and its node after a range left them. Source: remove_pfn_range_from_zone, mm/memory_hotplug.c 6.1. */
export function shrinkAfter(
  machine: Machine,
  left: { readonly node: MemoryNode; readonly zone: Zone; readonly range: PfnRange },
): void {
  const step = subsectionPages(machine)
  shrinkSpans({ ...left, subsectionPages: step, holds: describedPages(machine, left.zone, step) })
}

/**
 * Pages that the search takes for those of a zone: those that are online, and where boot memory ends within a subsection, the rest of
 * that, whose struct pages boot gave to the highest zone.
 * Source: memmap_init, mm/page_alloc.c, and pfn_to_online_page, mm/memory_hotplug.c 6.1; a guest of 6.1 with kernelcore=50%.
 */
function describedPages(machine: Machine, zone: Zone, subsection: number): IntervalSet {
  const last = machine.state.memory.sections.bootExtents.at(-1)
  if (last === undefined || last.zone !== zone.key || last.endPfn % subsection === 0)
    return zone.online
  const described = { ranges: zone.online.ranges.map((range) => ({ ...range })) }
  insertInterval(described, { start: last.endPfn, end: alignUp(last.endPfn, subsection) })
  return described
}

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
  const holds = describedPages(machine, left.zone)
  shrinkSpans({ ...left, subsectionPages: subsectionPages(machine), holds })
}

/**
 * Pages whose struct pages say that they are of a zone: those that are online, and where boot memory ends within a section, the rest
 * of that, which boot gave to the highest zone. Source: memmap_init, mm/page_alloc.c 6.1.
 */
function describedPages(machine: Machine, zone: Zone): IntervalSet {
  const { pagesPerSection } = machine.geometry
  const last = machine.state.memory.sections.bootExtents.at(-1)
  if (last === undefined || last.zone !== zone.key || last.endPfn % pagesPerSection === 0)
    return zone.online
  const described = { ranges: zone.online.ranges.map((range) => ({ ...range })) }
  insertInterval(described, { start: last.endPfn, end: alignUp(last.endPfn, pagesPerSection) })
  return described
}

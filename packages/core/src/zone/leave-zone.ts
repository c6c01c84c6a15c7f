import { type IntervalSet, insertInterval } from '../address/interval-set'
import type { PfnRange, Range } from '../address/range'
import { alignDown, alignUp } from '../address/units'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { BootExtent } from '../model/state'
import type { Zone, ZoneKey } from '../model/zone'
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
 * Pages that the search takes for those of a zone: those that are online, and the holes in subsections that boot memory fills in part.
 * Their struct pages were given by boot to the zone of the memory behind the hole, those behind the last memory to its zone. A block with
 * such a hole stays online.
 * Source: memmap_init, mm/page_alloc.c, and pfn_to_online_page, mm/memory_hotplug.c 6.1; guests of 6.1 and 7.3 with `kernelcore=` and `memmap=`.
 */
function describedPages(machine: Machine, zone: Zone, subsection: number): IntervalSet {
  const holes = bootHoles(machine.state.memory.sections.bootExtents, subsection)
  const own = holes.filter((hole) => hole.zone === zone.key)
  if (own.length === 0) return zone.online
  const described = { ranges: zone.online.ranges.map((range) => ({ ...range })) }
  for (const hole of own) insertInterval(described, hole)
  return described
}

interface Hole extends Range {
  readonly zone: ZoneKey
}

/** What boot memory leaves of the subsections that it begins or ends in, and whose struct pages these are. */
function bootHoles(extents: readonly BootExtent[], subsection: number): readonly Hole[] {
  const holes: Hole[] = []
  let end = 0
  let zone: ZoneKey | undefined
  for (const extent of extents) {
    addHole(holes, { start: end, end: extent.startPfn, zone: extent.zone }, subsection)
    ;({ endPfn: end, zone } = extent)
  }
  if (zone !== undefined)
    addHole(holes, { start: end, end: alignUp(end, subsection), zone }, subsection)
  return holes
}

/** Adds what of a hole between two memories lies in subsections of theirs. */
function addHole(holes: Hole[], { start, end, zone }: Hole, subsection: number): void {
  if (start === end) return
  const first = Math.min(alignUp(start, subsection), end)
  const last = Math.max(alignDown(end, subsection), first)
  holes.push({ start, end: first, zone }, { start: last, end, zone })
}

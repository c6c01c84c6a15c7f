import type { Range } from '../address/range'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { MaterialisedSection, Section } from '../model/section'
import type { Zone, ZoneKey } from '../model/zone'
import { bootExtentOf, bootExtentsIn } from '../section/section-table'
import { zoneOf } from '../zone/zone-table'
import { pageblockShift, sectionBase } from './columns'

/** Pages of a section that belong to one zone, by their places. No chunk crosses its ends. */
export interface ZoneExtent extends Range {
  readonly zone: ZoneKey
}

/** All pages of an online section that belong to a zone, lowest first. What lies between is a hole. */
export function zoneExtents(machine: Machine, section: Readonly<Section>): readonly ZoneExtent[] {
  const { pagesPerSection } = machine.geometry
  if (!section.online) return []
  if (section.zone !== null) return [{ start: 0, end: pagesPerSection, zone: section.zone }]
  const base = sectionBase(machine, section)
  return bootExtentsIn(machine, { start: base, end: base + pagesPerSection }).map((extent) => ({
    start: Math.max(0, extent.startPfn - base),
    end: Math.min(pagesPerSection, extent.endPfn - base),
    zone: extent.zone,
  }))
}

/** A zone's part of an open section, with what the buddy allocator needs at each step. */
export interface ZoneSlice extends Range {
  readonly section: MaterialisedSection
  readonly zone: Zone
  /** First pfn of the section. */
  readonly base: number
  readonly maxOrder: number
  readonly pageblockShift: number
}

/**
 * The part of an open section that holds a place.
 * @throws InvariantViolation for a hole
 */
export function zoneSliceAt(
  machine: Machine,
  section: MaterialisedSection,
  pageIndex: number,
): ZoneSlice {
  const { maxOrder, pagesPerSection } = machine.geometry
  const base = sectionBase(machine, section)
  const shift = pageblockShift(machine)
  if (section.zone !== null) {
    const zone = zoneOf(machine, section.zone)
    return { section, zone, base, maxOrder, pageblockShift: shift, start: 0, end: pagesPerSection }
  }
  const extent = bootExtentOf(machine, base + pageIndex)
  invariant(extent !== undefined, `Page ${base + pageIndex} is in no zone.`)
  return {
    section,
    zone: zoneOf(machine, extent.zone),
    base,
    maxOrder,
    pageblockShift: shift,
    start: Math.max(0, extent.startPfn - base),
    end: Math.min(pagesPerSection, extent.endPfn - base),
  }
}

/** Calls `visit` for each part of `range`, in places of the section, that lies in one zone. Holes are left out. */
export function forEachZoneSlice(
  machine: Machine,
  where: { readonly section: MaterialisedSection; readonly range: Range },
  visit: (slice: ZoneSlice, range: Range) => void,
): void {
  const { section, range } = where
  if (section.zone !== null) {
    if (range.start < range.end) visit(zoneSliceAt(machine, section, range.start), range)
    return
  }
  for (const part of zoneExtents(machine, section)) {
    const start = Math.max(part.start, range.start)
    const end = Math.min(part.end, range.end)
    if (start < end) visit(zoneSliceAt(machine, section, start), { start, end })
  }
}

import type { Range } from '../address/range'
import { invariant } from '../errors/invariant'
import type { Machine } from '../machine/machine'
import type { Section } from '../section/section'
import { bootExtentOf, bootExtentsIn } from '../section/section-table'
import type { Zone, ZoneKey } from '../zone/zone'
import { zoneOf } from '../zone/zone-table'
import { type OpenSection, pageblockShift, sectionBase } from './columns'

/** Pages of a section that belong to one zone, by their places. No chunk crosses its ends. */
export interface ZonePart extends Range {
  readonly zone: ZoneKey
}

/** All pages of an online section that belong to a zone, lowest first. What lies between is a hole. */
export function zoneParts(machine: Machine, section: Readonly<Section>): readonly ZonePart[] {
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
export interface Stretch extends Range {
  readonly section: OpenSection
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
export function stretchAt(machine: Machine, section: OpenSection, place: number): Stretch {
  const { maxOrder, pagesPerSection } = machine.geometry
  const base = sectionBase(machine, section)
  const shift = pageblockShift(machine)
  if (section.zone !== null) {
    const zone = zoneOf(machine, section.zone)
    return { section, zone, base, maxOrder, pageblockShift: shift, start: 0, end: pagesPerSection }
  }
  const extent = bootExtentOf(machine, base + place)
  invariant(extent !== undefined, `Page ${base + place} is in no zone.`)
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
export function forEachStretch(
  machine: Machine,
  where: { readonly section: OpenSection; readonly range: Range },
  visit: (stretch: Stretch, range: Range) => void,
): void {
  const { section, range } = where
  if (section.zone !== null) {
    if (range.start < range.end) visit(stretchAt(machine, section, range.start), range)
    return
  }
  for (const part of zoneParts(machine, section)) {
    const start = Math.max(part.start, range.start)
    const end = Math.min(part.end, range.end)
    if (start < end) visit(stretchAt(machine, section, start), { start, end })
  }
}

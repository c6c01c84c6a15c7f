import { pfn, type SectionNr, sectionNr } from '../address/brand'
import type { PfnRange, PhysRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { findSection, isSectionPresent, zoneOfPfn } from '../section/section-table'
import { zoneEndPfn } from '../zone/zone-span'
import { zoneOf } from '../zone/zone-table'
import { absentSectionOf } from './absent-section'
import { zoneMembers } from './zone-membership'

/**
 * Refuses a removal in the midst of which the real kernel would stop: nothing has changed then.
 * @throws HotplugError KERNEL_STOPS (EFAULT)
 * Source: series of 2012, patches 11, 16 and 17, and known problem 2.
 */
export function refuseFatal(machine: Machine, range: PhysRange): void {
  const { zoneLeft, emptySpan, usemap } = machine.generation.rules.mended
  for (const nr of sectionsOf(machine, range)) {
    if (!isSectionPresent(machine, nr)) {
      if (zoneLeft === 'of-section') stop(nr, 'the zone of an absent section is read')
      continue
    }
    if (usemap === 'misread' && findSection(machine, nr)?.early !== true)
      stop(nr, 'its pageblock flags are taken for boot memory')
    if (emptySpan === 'at-0' && endsItsZone(machine, nr, range))
      stop(nr, 'the search for the end of its zone goes on below page 0')
  }
}

/**
 * Refuses to take a block offline that lacks a section: the zone of each of its pages is read, also of those that have no struct
 * page.
 * @throws HotplugError KERNEL_STOPS (EFAULT)
 * Source: test_pages_in_a_zone, mm/memory_hotplug.c 3.10; later kernels pass absent sections over.
 */
export function refuseFatalOffline(machine: Machine, whole: PfnRange): void {
  const absent = absentSectionOf(machine, whole)
  if (absent !== undefined) stop(absent, 'it is absent, and the zone of its pages is read')
}

function stop(nr: SectionNr, why: string): never {
  const text = `Section ${nr}: ${why}. The real kernel stops here; nothing has changed.`
  throw new HotplugError('KERNEL_STOPS', 'EFAULT', text, { detail: { section: nr } })
}

/** Whether the span of a section's zone, which begins at page 0, ends with it, and the range leaves nothing below it. */
function endsItsZone(machine: Machine, nr: SectionNr, range: PhysRange): boolean {
  const { pagesPerSection, pageBytes } = machine.geometry
  const key = findSection(machine, nr)?.zone ?? zoneOfPfn(machine, pfn(nr * pagesPerSection))
  if (key === null) return false
  const zone = zoneOf(machine, key)
  if (zone.startPfn !== 0 || zoneEndPfn(zone) !== (nr + 1) * pagesPerSection) return false
  return zoneMembers(machine, zone).ranges.every(({ start }) => start * pageBytes >= range.start)
}

function sectionsOf({ geometry }: Machine, { start, end }: PhysRange): readonly SectionNr[] {
  const first = Math.floor(start / geometry.sectionBytes)
  const count = Math.ceil(end / geometry.sectionBytes) - first
  return Array.from({ length: count }, (_, i) => sectionNr(first + i))
}

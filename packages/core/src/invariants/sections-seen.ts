import { pfn, type SectionNr } from '../address/brand'
import type { Machine } from '../machine/machine'
import { bootExtentsIn, peekSection, sectionPages } from '../section/section-table'
import type { ZoneKey } from '../zone/zone'

/** The zones that the pages of a section are in; none where it is offline or absent. */
export function zonesOfSection(machine: Machine, nr: SectionNr): readonly ZoneKey[] {
  const section = peekSection(machine, nr)
  if (section?.online !== true) return []
  if (section.zone !== null) return [section.zone]
  const pages = sectionPages(machine, nr)
  const range = { start: pfn(pages.start), end: pfn(pages.end) }
  return [...new Set(bootExtentsIn(machine, range).map(({ zone }) => zone))]
}

import { pfn, type SectionNr } from '../address/brand'
import type { Machine } from '../model/machine'
import type { ZoneKey } from '../model/zone'
import { bootExtentsIn, findSection, sectionPages } from '../section/section-table'

/** The zones that the pages of a section are in; none where it is offline or absent. */
export function zonesOfSection(machine: Machine, nr: SectionNr): readonly ZoneKey[] {
  const section = findSection(machine, nr)
  if (section?.online !== true) return []
  if (section.zone !== null) return [section.zone]
  const pages = sectionPages(machine, nr)
  const range = { start: pfn(pages.start), end: pfn(pages.end) }
  return [...new Set(bootExtentsIn(machine, range).map(({ zone }) => zone))]
}

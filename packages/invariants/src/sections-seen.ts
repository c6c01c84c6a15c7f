import type { Machine, ZoneKey } from '@memhp/core'
import { pfn, type SectionNr } from '@memhp/core'
import { bootExtentsIn, findSection } from '@memhp/core/inspect'
import { sectionPages } from '@memhp/core/plugin'

/** The zones that the pages of a section are in; none where it is offline or absent. */
export function zonesOfSection(machine: Machine, nr: SectionNr): readonly ZoneKey[] {
  const section = findSection(machine, nr)
  if (section?.online !== true) return []
  if (section.zone !== null) return [section.zone]
  const pages = sectionPages(machine, nr)
  const range = { start: pfn(pages.start), end: pfn(pages.end) }
  return [...new Set(bootExtentsIn(machine, range).map(({ zone }) => zone))]
}

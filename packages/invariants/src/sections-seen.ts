import {
  type BlockId,
  type Machine,
  pfn,
  type SectionNr,
  sectionNr,
  type ZoneKey,
} from '@memhp/core'
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

/** The numbers of a block's sections. */
export function sectionsOfBlock(machine: Machine, id: BlockId): readonly SectionNr[] {
  const { sectionsPerBlock } = machine.geometry
  return Array.from({ length: sectionsPerBlock }, (_, i) => sectionNr(id * sectionsPerBlock + i))
}

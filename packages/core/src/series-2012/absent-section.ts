import type { SectionNr } from '../address/brand'
import type { PfnRange } from '../address/range'
import type { Machine } from '../model/machine'
import { isSectionPresent, sectionOfPfn } from '../section/section-table'

/** The first section of whole ones that is absent. */
export function absentSectionOf(machine: Machine, { start, end }: PfnRange): SectionNr | undefined {
  for (let at: number = start; at < end; at += machine.geometry.pagesPerSection) {
    const nr = sectionOfPfn(machine, at)
    if (!isSectionPresent(machine, nr)) return nr
  }
  return undefined
}

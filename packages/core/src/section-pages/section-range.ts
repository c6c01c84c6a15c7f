import { type SectionNr, sectionNr } from '../address/brand'
import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import { findSection, writableSection } from '../section/section-table'

/** The part of a range that lies in one section, by places of the section. */
export interface SectionSlice extends Range {
  readonly nr: SectionNr
}

/**
 * Cuts a range of pages at section boundaries, ascending. For ranges of blocks and devices; a range of a whole
 * machine has too many sections.
 */
export function sectionSlices(machine: Machine, range: Range): readonly SectionSlice[] {
  const { pagesPerSection } = machine.geometry
  const parts: SectionSlice[] = []
  for (let at = range.start; at < range.end; ) {
    const nr = Math.floor(at / pagesPerSection)
    const base = nr * pagesPerSection
    const end = Math.min(range.end, base + pagesPerSection)
    parts.push({ nr: sectionNr(nr), start: at - base, end: end - base })
    at = end
  }
  return parts
}

/** A section of a range with the places that the range covers, its self-hosted memmap left out. */
export interface UsableSlice<S> extends Range {
  readonly section: S
}

/** The sections of a range, to change. @throws InvariantViolation where one is not present */
export const writableSlices = (machine: Machine, range: Range): readonly UsableSlice<Section>[] =>
  sectionSlices(machine, range).map(({ nr, start, end }) => {
    const section = writableSection(machine, nr)
    return { section, start: Math.max(start, section.selfHostedPages), end }
  })

/** The sections of a range that are present, to read. */
export const readableSlices = (
  machine: Machine,
  range: Range,
): readonly UsableSlice<Readonly<Section>>[] =>
  sectionSlices(machine, range).flatMap(({ nr, start, end }) => {
    const section = findSection(machine, nr)
    return section === undefined
      ? []
      : [{ section, start: Math.max(start, section.selfHostedPages), end }]
  })

/** True if the part is all of the section but its self-hosted memmap. */
export const isWholeSection = (machine: Machine, part: UsableSlice<Readonly<Section>>): boolean =>
  part.start === part.section.selfHostedPages && part.end === machine.geometry.pagesPerSection

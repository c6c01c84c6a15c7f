import { type SectionNr, sectionNr } from '../address/brand'
import type { Range } from '../address/range'
import type { Machine } from '../machine/machine'
import type { Section } from '../section/section'
import { peekSection, touchSection } from '../section/section-table'

/** The part of a range that lies in one section, by places of the section. */
export interface SectionPart extends Range {
  readonly nr: SectionNr
}

/**
 * Cuts a range of pages at section boundaries, ascending. For ranges of blocks and devices; a range of a whole
 * machine has too many sections.
 */
export function sectionParts(machine: Machine, range: Range): readonly SectionPart[] {
  const { pagesPerSection } = machine.geometry
  const parts: SectionPart[] = []
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
export interface TouchedPart<S> extends Range {
  readonly section: S
}

/** The sections of a range, to change. @throws InvariantViolation where one is not present */
export const touchedParts = (machine: Machine, range: Range): readonly TouchedPart<Section>[] =>
  sectionParts(machine, range).map(({ nr, start, end }) => {
    const section = touchSection(machine, nr)
    return { section, start: Math.max(start, section.selfHostedPages), end }
  })

/** The sections of a range that are present, to read. */
export const peekedParts = (
  machine: Machine,
  range: Range,
): readonly TouchedPart<Readonly<Section>>[] =>
  sectionParts(machine, range).flatMap(({ nr, start, end }) => {
    const section = peekSection(machine, nr)
    return section === undefined
      ? []
      : [{ section, start: Math.max(start, section.selfHostedPages), end }]
  })

/** True if the part is all of the section but its self-hosted memmap. */
export const isWhole = (machine: Machine, part: TouchedPart<Readonly<Section>>): boolean =>
  part.start === part.section.selfHostedPages && part.end === machine.geometry.pagesPerSection

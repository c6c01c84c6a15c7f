import type { PfnRange, Range } from '../address/range'
import { clearPages } from '../allocator/buddy'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND, type PageColumns } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import type { Rereader } from '../model/subsystem'
import { findSection, writableSection } from '../section/section-table'
import { isMaterialised, sectionBase } from '../section-pages/columns'
import { sectionSlices } from '../section-pages/section-range'

/** The flags of a poisoned page. */
const POISONED = [PAGE_FLAG.hwpoison, PAGE_FLAG.hwpoison | PAGE_FLAG.pinned]

/** Places of pages that are marked, ascending. */
function placesOf({ flags }: PageColumns, { start, end }: Range): readonly number[] {
  const column = flags.subarray(start, end)
  const places: number[] = []
  for (const value of POISONED) {
    for (let at = column.indexOf(value); at !== -1; at = column.indexOf(value, at + 1))
      places.push(start + at)
  }
  return places.sort((a, b) => a - b)
}

/** What of a range lies between places, which ascend. */
function between(places: readonly number[], { start, end }: Range): readonly Range[] {
  const starts = [start, ...places.map((place) => place + 1)]
  return starts
    .map((from, i) => ({ start: from, end: places[i] ?? end }))
    .filter((range) => range.start < range.end)
}

/** Takes a poisoned page out of use for good: it has no owner and is never allocated. */
export function retirePage(section: MaterialisedSection, pageIndex: number): void {
  clearPages(section, { start: pageIndex, end: pageIndex + 1 })
  section.pages.kind[pageIndex] = PAGE_KIND.offline
  section.pages.flags[pageIndex] = PAGE_FLAG.hwpoison
}

/** See `MemoryFailure.retire`. */
export function retirePoisoned(section: MaterialisedSection, range: Range): readonly Range[] {
  const places = placesOf(section.pages, range)
  if (places.length === 0) return [range]
  for (const place of places) retirePage(section, place)
  return between(places, range)
}

/** See `MemoryFailure.retireAgain`. */
export function retireAgain(
  machine: Machine,
  section: MaterialisedSection,
  range: Range,
): readonly Range[] {
  const base = sectionBase(machine, section)
  const places = section.poisonedPages.map((page) => page - base).sort((a, b) => a - b)
  for (const place of places) {
    section.pages.kind[place] = PAGE_KIND.offline
    section.pages.flags[place] = PAGE_FLAG.hwpoison
  }
  section.poisonedPages = []
  return between(places, range)
}

/**
 * Takes the mark of poison off the pages of offline sections.
 * @returns how many there were
 */
export function unmarkPoisoned(machine: Machine, range: PfnRange): number {
  let count = 0
  for (const { nr } of sectionSlices(machine, range)) {
    const marked = findSection(machine, nr)?.poisonedPages.length ?? 0
    if (marked === 0) continue
    writableSection(machine, nr).poisonedPages = []
    count += marked
  }
  return count
}

/**
 * See `MemoryFailure.attach`: the mark is lost with the flags of the struct page, and the count of pages that have it is not told.
 * Source: move_pfn_range_to_zone, mm/memory_hotplug.c, num_poisoned_pages 6.1; recordings of 5.10 and 6.1.
 */
export function forgetPoisoned(machine: Machine, range: PfnRange): void {
  const { memory } = machine.state
  if (machine.generation.rules.online.poisoned === 'forgotten')
    memory.curedPages += unmarkPoisoned(machine, range)
}

/** See `MemoryFailure.poisonedIn`. */
export const poisonedPlaces = ({ pages }: MaterialisedSection): readonly number[] =>
  placesOf(pages, { start: 0, end: pages.flags.length })

/** Pages of a section that are marked. Costs a look at each where the section is materialised. */
function poisonedIn(section: Readonly<Section>): number {
  const count = section.poisonedPages.length + (section.capturedUse?.poisoned ?? 0)
  if (!isMaterialised(section)) return count
  return count + poisonedPlaces(section).length
}

/** Prepares the count of pages that are marked as poisoned, online or not. @param rereader does not count again what was not written */
export const poisonedPageCount = (
  machine: Machine,
  rereader: Rereader | undefined,
): (() => number) =>
  rereader?.poisoned(poisonedIn) ??
  (() => {
    let count = 0
    for (const section of machine.state.memory.sections.separated.values())
      count += poisonedIn(section)
    return count
  })

import { pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import type { Zone } from '../model/zone'
import { findSection, writableSection } from '../section/section-table'
import { endOfAlike } from '../section-pages/alike'
import { isMaterialised, sectionBase } from '../section-pages/columns'
import { unlinkChunk } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { setPageblockTypes } from '../section-pages/pageblock'
import {
  isWholeSection,
  readableSlices,
  sectionSlices,
  type UsableSlice,
  writableSlices,
} from '../section-pages/section-range'
import { addUntouchedRun } from '../section-pages/untouched-runs'
import { zoneSliceAt } from '../section-pages/zone-slice'

/** Pages of a zone. */
export interface ZoneRange {
  readonly zone: Zone
  readonly range: PfnRange
}

/**
 * Binds offline sections to a zone. Their pages stay offline; span, present and managed pages are the caller's.
 * @param what whole sections; the first `selfHostedPages` pages hold the memmap of the range and are never
 *   given to the allocator (whole pageblocks)
 * Source: move_pfn_range_to_zone, mm/memory_hotplug.c 6.1; spec 3.3 step 2.
 */
export function attachRange(
  machine: Machine,
  what: ZoneRange & { readonly selfHostedPages: number },
): void {
  const { zone, range, selfHostedPages } = what
  const { pageblockPages, pagesPerSection } = machine.geometry
  invariant(selfHostedPages % pageblockPages === 0, 'A self-hosted memmap fills pageblocks.')
  let memmapPages = selfHostedPages
  for (const { nr } of sectionSlices(machine, range)) {
    const section = writableSection(machine, nr)
    invariant(!section.online && section.zone === null, `Section ${nr} is in a zone already.`)
    section.zone = zone.key
    section.selfHostedPages = Math.min(memmapPages, pagesPerSection)
    memmapPages -= section.selfHostedPages
  }
}

/** Releases offline sections from their zone: undoes `attachRange`, and ends what `takeOffline` began. */
export function detachRange(machine: Machine, what: ZoneRange): void {
  for (const { nr } of sectionSlices(machine, what.range)) {
    const section = writableSection(machine, nr)
    const bound = !section.online && section.zone === what.zone.key
    invariant(bound, `Section ${nr} cannot leave ${what.zone.key}.`)
    section.zone = null
    section.selfHostedPages = 0
  }
}

/**
 * Hands the pages of attached sections to the allocator: sections online, all pages free, but isolated.
 * Counts their pageblocks as isolated until `undoIsolation`. Pages that were poisoned before stay out.
 * Source: online_pages_range, mm/memory_hotplug.c 6.1; spec 3.3 steps 5 and 7.
 */
export function handOverRange(machine: Machine, what: ZoneRange): void {
  const { zone, range } = what
  const { pageblockPages, pagesPerSection } = machine.geometry
  for (const { nr } of sectionSlices(machine, range)) {
    const section = writableSection(machine, nr)
    const bound = !section.online && section.zone === zone.key
    invariant(bound, `Section ${nr} is not attached to ${zone.key}.`)
    section.online = true
    section.summary = 'isolated'
    zone.isolatedPageblocks += (pagesPerSection - section.selfHostedPages) / pageblockPages
    if (section.poisonedPages.length > 0) materialise(machine, nr)
  }
}

/** Pages of offline sections that are poisoned, ascending. @alpha */
export function poisonedPages(machine: Machine, range: PfnRange): readonly number[] {
  return sectionSlices(machine, range)
    .flatMap(({ nr }) => findSection(machine, nr)?.poisonedPages ?? [])
    .sort((a, b) => a - b)
}

/**
 * Ends isolation: every isolated pageblock of the range becomes MOVABLE, or what it was before (`allocator.isolated`), and its free
 * pages can be allocated. Those of others stay as they are. Sections that are wholly free form one untouched run.
 * Source: undo_isolate_page_range, mm/page_isolation.c 6.1; spec 3.3 step 11 and 4.2 class C.
 */
export function undoIsolation(machine: Machine, what: ZoneRange): void {
  for (const part of writableSlices(machine, what.range)) undoPart(machine, what.zone, part)
}

function undoPart(machine: Machine, zone: Zone, part: UsableSlice<Section>): void {
  const { section, start, end } = part
  if (start >= end) {
    if (section.summary === 'isolated') section.summary = 'free'
    return
  }
  if (!isMaterialised(section) && section.summary !== 'isolated') return
  if (!isMaterialised(section) && isWholeSection(machine, part)) {
    const base = sectionBase(machine, section)
    section.summary = 'free'
    addUntouchedRun(machine, { zone, range: { start: pfn(base + start), end: pfn(base + end) } })
    zone.isolatedPageblocks -= (end - start) / machine.geometry.pageblockPages
    return
  }
  const opened = materialise(machine, section.nr)
  for (const range of isolatedRuns(machine, opened, { start, end })) {
    const change = { section: opened, range, type: 'before' } as const
    zone.isolatedPageblocks += setPageblockTypes(machine, change)
  }
}

/** Runs of isolated pageblocks in a part of a section. */
function isolatedRuns(
  machine: Machine,
  section: MaterialisedSection,
  part: Range,
): readonly Range[] {
  const { pageblockPages } = machine.geometry
  const runs: { start: number; end: number }[] = []
  for (let start = part.start; start < part.end; start += pageblockPages) {
    if (section.pageblocks[start / pageblockPages] !== MIGRATE_TYPE.isolate) continue
    const last = runs.at(-1)
    if (last !== undefined && last.end === start) last.end += pageblockPages
    else runs.push({ start, end: start + pageblockPages })
  }
  return runs
}

/**
 * True if the whole range is isolated and nothing is left in it but free pages, poisoned ones, and withheld ones
 * that are no longer referred to.
 * Source: test_pages_isolated, mm/page_isolation.c 6.1; spec 4.2 step 9f.
 */
export function rangeIsIsolated(machine: Machine, range: PfnRange): boolean {
  return readableSlices(machine, range).every((part) => {
    const { section } = part
    if (part.start >= part.end) return true
    return isMaterialised(section)
      ? isEmptied(machine, section, part)
      : section.summary === 'isolated'
  })
}

function isEmptied(machine: Machine, section: MaterialisedSection, part: Range): boolean {
  const { pageblockPages } = machine.geometry
  const { kind, flags, order } = section.pages
  for (let pageIndex = part.start; pageIndex < part.end; ) {
    const block = Math.floor(pageIndex / pageblockPages)
    if (section.pageblocks[block] !== MIGRATE_TYPE.isolate) return false
    const flag = flags[pageIndex] ?? 0
    const isFree = kind[pageIndex] === PAGE_KIND.free
    const mayStay =
      isFree ||
      (flag & PAGE_FLAG.hwpoison) !== 0 ||
      (kind[pageIndex] === PAGE_KIND.withheld && (flag & PAGE_FLAG.pinned) === 0)
    if (!mayStay) return false
    const end = Math.min(part.end, (block + 1) * pageblockPages)
    pageIndex = isFree
      ? pageIndex + (1 << (order[pageIndex] ?? 0))
      : endOfAlike(section.pages, { start: pageIndex, end })
  }
  return true
}

/**
 * Takes isolated, emptied sections out of the allocator and offline. Poisoned pages are remembered.
 * @throws InvariantViolation where a page is still in use or not isolated
 * Source: __offline_isolated_pages, mm/page_alloc.c 6.1; spec 4.2 steps 10 and 11.
 */
export function takeOffline(machine: Machine, what: ZoneRange): void {
  const { zone, range } = what
  const { pageblockPages, pagesPerSection } = machine.geometry
  invariant(rangeIsIsolated(machine, range), `Pages ${range.start}-${range.end} are not isolated.`)
  for (const { nr } of sectionSlices(machine, range)) {
    const section = writableSection(machine, nr)
    invariant(section.online, `Section ${nr} is offline.`)
    if (isMaterialised(section)) closeSection(machine, section)
    section.online = false
    section.summary = 'offline'
    // A boot section had no single zone; it stays in this one until it is detached.
    section.zone = zone.key
    zone.isolatedPageblocks -= (pagesPerSection - section.selfHostedPages) / pageblockPages
  }
}

/** Takes the chunks of a section out of their lists and drops its page descriptors. */
function closeSection(machine: Machine, section: MaterialisedSection): void {
  const { pagesPerSection } = machine.geometry
  const { kind, order } = section.pages
  const slice = zoneSliceAt(machine, section, section.selfHostedPages)
  for (let start = section.selfHostedPages; start < pagesPerSection; ) {
    if (kind[start] === PAGE_KIND.free) {
      const chunk = { start, order: order[start] ?? 0 }
      unlinkChunk(slice, chunk)
      start += 1 << chunk.order
      continue
    }
    start = endOfAlike(section.pages, { start, end: pagesPerSection })
  }
  const base = sectionBase(machine, section)
  const poisoned = machine.subsystems.memoryFailure?.poisonedIn(section) ?? []
  const closed: Section = section
  closed.pages = null
  closed.pageblocks = null
  closed.typesBefore = null
  closed.poisonedPages = poisoned.map((place) => base + place)
}

import { pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import { invariant } from '../errors/invariant'
import type { Machine } from '../machine/machine'
import type { Section } from '../section/section'
import { touchSection } from '../section/section-table'
import type { Zone } from '../zone/zone'
import { isOpen, type OpenSection, sectionBase } from './columns'
import { unlinkChunk } from './free-list'
import { openSection } from './layout'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from './page'
import { setPageblockTypes } from './pageblock'
import { addPristine } from './pristine'
import { isWhole, peekedParts, sectionParts, type TouchedPart, touchedParts } from './section-range'
import { stretchAt } from './stretch'

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
  for (const { nr } of sectionParts(machine, range)) {
    const section = touchSection(machine, nr)
    invariant(!section.online && section.zone === null, `Section ${nr} is in a zone already.`)
    section.zone = zone.key
    section.selfHostedPages = Math.min(memmapPages, pagesPerSection)
    memmapPages -= section.selfHostedPages
  }
}

/** Releases offline sections from their zone: undoes `attachRange`, and ends what `takeOffline` began. */
export function detachRange(machine: Machine, what: ZoneRange): void {
  for (const { nr } of sectionParts(machine, what.range)) {
    const section = touchSection(machine, nr)
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
  for (const { nr } of sectionParts(machine, range)) {
    const section = touchSection(machine, nr)
    const bound = !section.online && section.zone === zone.key
    invariant(bound, `Section ${nr} is not attached to ${zone.key}.`)
    section.online = true
    section.uniform = 'isolated'
    zone.isolatedPageblocks += (pagesPerSection - section.selfHostedPages) / pageblockPages
    if (section.poisonedPages.length > 0) openSection(machine, nr)
  }
}

/**
 * Ends isolation: every isolated pageblock of the range becomes MOVABLE, whatever it was before, and its free
 * pages can be allocated. Those of others stay as they are. Sections that are wholly free form one pristine run.
 * Source: undo_isolate_page_range, mm/page_isolation.c 6.1; spec 3.3 step 11 and 4.2 class C.
 */
export function undoIsolation(machine: Machine, what: ZoneRange): void {
  for (const part of touchedParts(machine, what.range)) undoPart(machine, what.zone, part)
}

function undoPart(machine: Machine, zone: Zone, part: TouchedPart<Section>): void {
  const { section, start, end } = part
  if (start >= end) {
    if (section.uniform === 'isolated') section.uniform = 'free'
    return
  }
  if (!isOpen(section) && section.uniform !== 'isolated') return
  if (!isOpen(section) && isWhole(machine, part)) {
    const base = sectionBase(machine, section)
    section.uniform = 'free'
    addPristine(machine, { zone, range: { start: pfn(base + start), end: pfn(base + end) } })
    zone.isolatedPageblocks -= (end - start) / machine.geometry.pageblockPages
    return
  }
  const opened = openSection(machine, section.nr)
  for (const range of isolatedRuns(machine, opened, { start, end })) {
    const type = MIGRATE_TYPE.movable
    zone.isolatedPageblocks += setPageblockTypes(machine, { section: opened, range, type })
  }
}

/** Runs of isolated pageblocks in a part of a section. */
function isolatedRuns(machine: Machine, section: OpenSection, part: Range): readonly Range[] {
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
 * that nobody refers to any more.
 * Source: test_pages_isolated, mm/page_isolation.c 6.1; spec 4.2 step 9f.
 */
export function rangeIsIsolated(machine: Machine, range: PfnRange): boolean {
  return peekedParts(machine, range).every((part) => {
    const { section } = part
    if (part.start >= part.end) return true
    return isOpen(section) ? isEmptied(machine, section, part) : section.uniform === 'isolated'
  })
}

function isEmptied(machine: Machine, section: OpenSection, part: Range): boolean {
  const { pageblockPages } = machine.geometry
  const { kind, flags, order } = section.pages
  for (let place = part.start; place < part.end; ) {
    const block = Math.floor(place / pageblockPages)
    if (section.pageblocks[block] !== MIGRATE_TYPE.isolate) return false
    const flag = flags[place] ?? 0
    const isFree = kind[place] === PAGE_KIND.free
    const mayStay =
      isFree ||
      (flag & PAGE_FLAG.hwpoison) !== 0 ||
      (kind[place] === PAGE_KIND.withheld && (flag & PAGE_FLAG.pinned) === 0)
    if (!mayStay) return false
    place += isFree ? 1 << (order[place] ?? 0) : 1
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
  for (const { nr } of sectionParts(machine, range)) {
    const section = touchSection(machine, nr)
    invariant(section.online, `Section ${nr} is offline.`)
    if (isOpen(section)) closeSection(machine, section)
    section.online = false
    section.uniform = 'offline'
    // A boot section had no zone of its own; it stays in this one until it is detached.
    section.zone = zone.key
    zone.isolatedPageblocks -= (pagesPerSection - section.selfHostedPages) / pageblockPages
  }
}

/** Takes the chunks of a section out of their lists and drops its page descriptors. */
function closeSection(machine: Machine, section: OpenSection): void {
  const { pagesPerSection } = machine.geometry
  const { kind, flags, order } = section.pages
  const base = sectionBase(machine, section)
  const stretch = stretchAt(machine, section, section.selfHostedPages)
  const poisoned: number[] = []
  for (let start = section.selfHostedPages; start < pagesPerSection; ) {
    if (((flags[start] ?? 0) & PAGE_FLAG.hwpoison) !== 0) poisoned.push(base + start)
    const isFree = kind[start] === PAGE_KIND.free
    const chunk = { start, order: isFree ? (order[start] ?? 0) : 0 }
    if (isFree) unlinkChunk(stretch, chunk)
    start += 1 << chunk.order
  }
  const closed: Section = section
  closed.pages = null
  closed.pageblocks = null
  closed.poisonedPages = poisoned
}

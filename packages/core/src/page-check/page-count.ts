import type { PfnRange, Range } from '../address/range'
import { rangeIntersection, rangeSize } from '../address/range'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND, type PageKindName } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import { sectionOfPfn, sectionPages } from '../section/section-table'
import { planCapturedUse } from '../section-pages/captured-use-plan'
import { isMaterialised, sectionBase } from '../section-pages/columns'

/**
 * Pages of a range by what they are used for. Free chunks and huge pages count with all their pages under `free`,
 * `hugetlb` and `hugetlbFree`. `poisoned` and `pinned` count pages that are in one of the others too.
 * @alpha
 */
export type PageCounts = Record<
  Exclude<PageKindName, 'freeTail' | 'hugetlbTail'> | 'poisoned' | 'pinned',
  number
>

export const noPages = (): PageCounts => ({
  offline: 0,
  reserved: 0,
  free: 0,
  perCpu: 0,
  lru: 0,
  slab: 0,
  table: 0,
  memmap: 0,
  selfHostedMemmap: 0,
  withheld: 0,
  hugetlb: 0,
  hugetlbFree: 0,
  poisoned: 0,
  pinned: 0,
})

/** Adds `pages` under the name of a kind. Tails are counted with their heads, never here. */
function addKind(counts: PageCounts, kind: number, pages: number): void {
  const name = kindName(kind)
  if (name !== 'freeTail' && name !== 'hugetlbTail') counts[name] += pages
}

/** The sections of a range that are separated from their runs, in no particular order. */
function touchedIn(machine: Machine, range: Range): readonly Section[] {
  const { separated } = machine.state.memory.sections
  const first = sectionOfPfn(machine, range.start)
  const end = sectionOfPfn(machine, range.end - 1) + 1
  if (end - first > separated.size) {
    return [...separated.values()].filter((section) => first <= section.nr && section.nr < end)
  }
  const found: Section[] = []
  for (let nr = first; nr < end; nr++) {
    const section = separated.get(nr)
    if (section !== undefined) found.push(section)
  }
  return found
}

/**
 * Counts the pages of a range by use. Materialises nothing, and passes over untouched runs in one step each. Pages of
 * absent sections are not counted.
 * @alpha
 */
export function countPages(machine: Machine, range: PfnRange): PageCounts {
  const counts = noPages()
  if (range.start >= range.end) return counts
  const { pagesPerSection } = machine.geometry
  for (const run of machine.state.memory.sections.runs) {
    const pages = { start: run.start * pagesPerSection, end: run.end * pagesPerSection }
    const part = rangeIntersection<number>(pages, range)
    if (part !== undefined) counts[run.summary] += rangeSize(part)
  }
  for (const section of touchedIn(machine, range)) {
    const part = rangeIntersection(sectionPages(machine, section.nr), range)
    if (part === undefined) continue
    const base = sectionBase(machine, section)
    countSection(machine, counts, {
      section,
      range: { start: part.start - base, end: part.end - base },
    })
  }
  return counts
}

interface Where {
  readonly section: Readonly<Section>
  /** Places of the section. */
  readonly range: Range
}

function countSection(machine: Machine, counts: PageCounts, where: Where): void {
  const { section, range } = where
  if (isMaterialised(section)) countOpen(counts, section, range)
  else if (section.summary === 'captured') countSeed(machine, counts, where)
  else if (section.summary === 'offline') countOffline(machine, counts, where)
  else if (section.summary === 'reserved') counts.reserved += rangeSize(range)
  else {
    const memmap = Math.max(0, Math.min(range.end, section.selfHostedPages) - range.start)
    counts.selfHostedMemmap += memmap
    counts.free += rangeSize(range) - memmap
  }
}

function countOffline(machine: Machine, counts: PageCounts, where: Where): void {
  const { section, range } = where
  const base = sectionBase(machine, section)
  counts.offline += rangeSize(range)
  for (const page of section.poisonedPages) {
    if (base + range.start <= page && page < base + range.end) counts.poisoned += 1
  }
}

function countSeed(machine: Machine, counts: PageCounts, where: Where): void {
  for (const { start, end, kind, flags } of planCapturedUse(machine, where.section)) {
    const part = rangeIntersection({ start, end }, where.range)
    if (part === undefined) continue
    addKind(counts, kind, rangeSize(part))
    if ((flags & PAGE_FLAG.hwpoison) !== 0) counts.poisoned += rangeSize(part)
    if ((flags & PAGE_FLAG.pinned) !== 0) counts.pinned += rangeSize(part)
  }
}

function countOpen(counts: PageCounts, section: MaterialisedSection, range: Range): void {
  const { kind, flags } = section.pages
  const pages = new Float64Array(Object.keys(PAGE_KIND).length)
  let head = headAt(section, range.start)
  for (let pageIndex = range.start; pageIndex < range.end; pageIndex++) {
    const at = kind[pageIndex] ?? 0
    if (at !== PAGE_KIND.freeTail && at !== PAGE_KIND.hugetlbTail) head = at
    pages[head] = (pages[head] ?? 0) + 1
    const flag = flags[pageIndex] ?? 0
    if (flag === 0) continue
    if ((flag & PAGE_FLAG.hwpoison) !== 0) counts.poisoned += 1
    if ((flag & PAGE_FLAG.pinned) !== 0) counts.pinned += 1
  }
  for (let at = 0; at < pages.length; at++) addKind(counts, at, pages[at] ?? 0)
}

/** Kind of the head that a page belongs to; its own where it is not a tail. */
function headAt(section: MaterialisedSection, pageIndex: number): number {
  const { kind } = section.pages
  let head = pageIndex
  while (kind[head] === PAGE_KIND.freeTail || kind[head] === PAGE_KIND.hugetlbTail) head--
  return kind[head] ?? 0
}

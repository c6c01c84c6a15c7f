import type { Range } from '../address/range'
import { InvariantViolation, invariant } from '../errors/invariant'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import { planCapturedUse, plannedFreePages } from '../section-pages/captured-use-plan'
import { sectionBase } from '../section-pages/columns'
import { type ZoneSlice, zoneExtents, zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'
import {
  type ComparedColumn,
  type ComparedColumns,
  checkZoneSlice,
  comparedColumns,
  firstOther,
} from './check-slice'
import { type PageTally, setHugeHead, tallyOf } from './page-tally'

/** Checks a section without descriptors, and enters it in the tally. @throws InvariantViolation */
export function checkSummary(
  machine: Machine,
  counted: PageTally,
  section: Readonly<Section>,
): void {
  const { summary, nr } = section
  invariant(section.pages === null && section.pageblocks === null, `Section ${nr} is half open.`)
  invariant(section.online === (summary !== 'offline'), `Section ${nr} is offline or it is not.`)
  invariant(
    (section.capturedUse !== null) === (summary === 'captured'),
    `Section ${nr} has a stray seed.`,
  )
  const base = sectionBase(machine, section)
  if (summary === 'captured') countCapturedUse(machine, counted, section)
  if (summary !== 'free' && summary !== 'isolated') return
  invariant(section.poisonedPages.length === 0, `Section ${nr} forgot its poisoned pages.`)
  for (const part of zoneExtents(machine, section)) {
    const start = Math.max(part.start, section.selfHostedPages)
    if (start >= part.end) continue
    const pageblocks = (part.end - start) / machine.geometry.pageblockPages
    if (summary === 'isolated') tallyOf(counted, part.zone).isolatedPageblocks += pageblocks
    else {
      const free = { start: base + start, end: base + part.end }
      counted.whollyFree = [...counted.whollyFree, free]
    }
  }
}

function countCapturedUse(machine: Machine, counted: PageTally, section: Readonly<Section>): void {
  const order = Math.log2(machine.geometry.pageblockPages)
  const base = sectionBase(machine, section)
  const plan = planCapturedUse(machine, section)
  for (const [key, pages] of plannedFreePages(plan)) {
    const listed = zoneOf(machine, key).free.captured.has(section.nr)
    invariant(listed, `${key} does not know the captured section ${section.nr}.`)
    tallyOf(counted, key).captured += 1
    tallyOf(counted, key).capturedFreePages += pages
  }
  for (const { start, end, kind } of plan) {
    if (kind !== PAGE_KIND.hugetlb && kind !== PAGE_KIND.hugetlbFree) continue
    for (let head = start; head < end; head += 1 << order) {
      setHugeHead(counted, base + head, `${kindName(kind)} ${order}`)
    }
  }
}

/** Checks what a section with descriptors is without them. @throws InvariantViolation */
export function checkOpen({ nr, online, capturedUse, poisonedPages }: MaterialisedSection): void {
  invariant(online, `Section ${nr} has descriptors and is offline.`)
  invariant(capturedUse === null, `Section ${nr} is materialised and captured.`)
  invariant(poisonedPages.length === 0, `Section ${nr} remembers what its flags say.`)
}

/**
 * Checks the descriptors of a range one by one, and enters them in the tally.
 * @param range stretches of the section, from its end on the last one perhaps in part
 * @throws InvariantViolation
 */
export function checkDescriptors(
  machine: Machine,
  counted: PageTally,
  { open, range }: { readonly open: OpenSection; readonly range: Range },
): void {
  const { section, slices, columns } = open
  const memmapEnd = Math.min(range.end, section.selfHostedPages)
  const isKept =
    range.start >= memmapEnd ||
    isAllOf(columns.kind, { start: range.start, end: memmapEnd }, PAGE_KIND.selfHostedMemmap)
  if (!isKept) throw new InvariantViolation(`Section ${section.nr} lost part of its memmap.`)
  let at = range.start
  for (const slice of slices) {
    const start = Math.max(slice.start, range.start)
    const end = Math.min(slice.end, range.end)
    if (start >= end) continue
    if (at < start) checkHole(open, { start: at, end: start })
    checkZoneSlice(machine, counted, { slice, columns, start, end })
    at = end
  }
  if (at < range.end) checkHole(open, { start: at, end: range.end })
}

/** A section with descriptors, and what is worked out once for all of its stretches. */
export interface OpenSection {
  readonly section: MaterialisedSection
  readonly slices: readonly ZoneSlice[]
  readonly columns: ComparedColumns
}

/** Prepares the checks of a section's descriptors. */
export const openSection = (machine: Machine, section: MaterialisedSection): OpenSection => ({
  section,
  slices: zoneExtents(machine, section).map(({ start }) => zoneSliceAt(machine, section, start)),
  columns: comparedColumns(section.pages),
})

function checkHole({ section, columns }: OpenSection, range: Range): void {
  const isEmpty = isAllOf(columns.kind, range, PAGE_KIND.reserved)
  invariant(isEmpty, `Section ${section.nr}: the hole at ${range.start} is in use.`)
}

const isAllOf = (column: ComparedColumn, range: Range, kind: number): boolean =>
  firstOther(column, range, kind) === range.end

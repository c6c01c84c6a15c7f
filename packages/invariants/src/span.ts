import type { Machine } from '@memhp/core'
import { alignDown, alignUp, invariant, type Range, rangeIntersection } from '@memhp/core'
import { blockRange, subsectionPages, zoneMembers } from '@memhp/core/inspect'
import type { Attempt } from './block-write'
import type { Expect } from './broken-invariant'
import type { Look } from './look'
import type { Step } from './step'

interface Edges {
  readonly startPfn: number
  readonly spannedPages: number
}

/**
 * The span of a zone after one of its blocks went offline. The kernel looks for the next online page in steps of
 * subsections from the block that left, so that only memory between two steps can be missed, and takes the holes in subsections that
 * boot memory fills in part for pages.
 */
export function checkSpanAfterOffline(step: Step, attempt: Attempt, expect: Expect): void {
  const { zone: key } = attempt.before
  if (key === null) return
  const before = step.before.zones.get(key)
  const after = step.after.zones.get(key)
  invariant(before !== undefined && after !== undefined, `Zone ${key} exists.`)
  const left = blockRange(step.machine, attempt.id)
  const end = before.startPfn + before.spannedPages
  const subsection = subsectionPages(step.machine)
  const place = `span of ${key}`
  const pages = [...after.online, ...holesInBoot(step.machine, key)].sort(
    (a, b) => a.start - b.start,
  )
  const shrunk =
    before.startPfn === left.start
      ? fromStart(pages, { start: left.end, end }, subsection)
      : end === left.end
        ? fromEnd(pages, { start: before.startPfn, end: left.start }, subsection)
        : { startPfn: before.startPfn, spannedPages: before.spannedPages }
  const seen = { startPfn: after.startPfn, spannedPages: after.spannedPages }
  expect.same(place, { expected: shrunk, seen })
}

const NOTHING: Edges = { startPfn: 0, spannedPages: 0 }

/** Holes in subsections that boot memory fills in part: their struct pages are of the zone behind them, at the end of that before. */
export function holesInBoot(machine: Machine, zone: string): readonly Range[] {
  const { bootExtents } = machine.state.memory.sections
  const step = subsectionPages(machine)
  const holes = bootExtents.flatMap((extent, index): Range[] => {
    const end = bootExtents[index - 1]?.endPfn ?? 0
    if (extent.zone !== zone || end === extent.startPfn) return []
    const below = { start: end, end: Math.min(alignUp(end, step), extent.startPfn) }
    const above = { start: Math.max(end, alignDown(extent.startPfn, step)), end: extent.startPfn }
    return [below, above]
  })
  const last = bootExtents.at(-1)
  if (last?.zone === zone) holes.push({ start: last.endPfn, end: alignUp(last.endPfn, step) })
  return holes.filter(({ start, end }) => start < end)
}

/** What is left of a span that loses its start. @param rest from the end of what left to the end of the span */
function fromStart(online: readonly Range[], rest: Range, step: number): Edges {
  for (const range of online) {
    const common = rangeIntersection(range, rest)
    if (common === undefined) continue
    const startPfn = rest.start + alignUp(common.start - rest.start, step)
    if (startPfn < common.end) return { startPfn, spannedPages: rest.end - startPfn }
  }
  return NOTHING
}

/** What is left of a span that loses its end. @param rest from the start of the span to the start of what left */
function fromEnd(online: readonly Range[], rest: Range, step: number): Edges {
  for (const range of online.toReversed()) {
    const common = rangeIntersection(range, rest)
    if (common === undefined) continue
    const last = rest.end - 1 - alignUp(rest.end - common.end, step)
    if (last >= common.start) return { startPfn: rest.start, spannedPages: last - rest.start + 1 }
  }
  return NOTHING
}

/** Pages of online memory outside a span: in all, and without what a step of the kernel's search can miss. */
export interface OutsidePages {
  readonly all: number
  readonly excess: number
}

/** Pages from one place to the next at which the search for a new edge looks. */
const searchStep = (machine: Machine): number =>
  machine.generation.rules.zones.joins === 'added'
    ? machine.geometry.pagesPerSection
    : subsectionPages(machine)

/** What a zone's span leaves out. */
export function pagesOutside(
  machine: Machine,
  zone: Edges,
  online: readonly Range[],
): OutsidePages {
  const step = searchStep(machine)
  const span = { start: zone.startPfn, end: zone.startPfn + zone.spannedPages }
  let all = 0
  let excess = 0
  for (const range of online) {
    const before = Math.max(0, Math.min(range.end, span.start) - range.start)
    const behind = Math.max(0, range.end - Math.max(range.start, span.end))
    for (const pages of [before, behind]) {
      all += pages
      if (pages >= step) excess += pages
    }
  }
  return { all, excess }
}

/** The spans of zones cover their memory. */
export function checkSpans({ machine }: Look, expect: Expect): void {
  for (const zone of machine.state.memory.zones.values()) {
    if (zone.isTorn) continue
    const seen = pagesOutside(machine, zone, zoneMembers(machine, zone).ranges).excess
    expect.same(() => `pages of ${zone.key} outside its span`, { expected: 0, seen })
  }
}

import { pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import type { Machine } from '../model/machine'
import type { Obstacle } from '../model/obstacle'
import {
  MIGRATE_TYPE,
  PAGE_FLAG,
  PAGE_KIND,
  type PageColumns,
  type PageKindName,
} from '../model/page'
import type { Section } from '../model/section'
import type { ZoneKey } from '../model/zone'
import { findSection, sectionOfPfn } from '../section/section-table'
import { endOfAlike } from '../section-pages/alike'
import { planCapturedUse } from '../section-pages/captured-use-plan'
import { isMaterialised, sectionBase } from '../section-pages/columns'
import { zoneExtents } from '../section-pages/zone-slice'
import { isMovableZone, zoneOf } from '../zone/zone-table'

const KIND_NAMES: readonly PageKindName[] = /* @__PURE__ */ Object.keys(PAGE_KIND) as PageKindName[]

/** Name of a `PAGE_KIND` number. */
export const kindName = (kind: number): PageKindName => KIND_NAMES[kind] ?? 'offline'

/** Refuses isolation in any zone. */
const isReserved = (kind: number): boolean =>
  kind === PAGE_KIND.reserved || kind === PAGE_KIND.selfHostedMemmap

/** Refuses isolation in a kernel zone, unless the page is poisoned. */
const isUnmovable = (kind: number): boolean =>
  kind === PAGE_KIND.slab || kind === PAGE_KIND.table || kind === PAGE_KIND.memmap

const refuses = (page: { kind: number; flags: number; inMovable: boolean }): boolean =>
  isReserved(page.kind) ||
  (!page.inMovable && isUnmovable(page.kind) && (page.flags & PAGE_FLAG.hwpoison) === 0)

/** First place of a range, in one zone, whose page refuses isolation; `range.end` where none does. */
function firstRefusing(pages: PageColumns, range: Range & { readonly inMovable: boolean }): number {
  const { kind, flags, order } = pages
  const { inMovable } = range
  for (let pageIndex = range.start; pageIndex < range.end; ) {
    const at = kind[pageIndex] ?? 0
    if (refuses({ kind: at, flags: flags[pageIndex] ?? 0, inMovable })) return pageIndex
    const isHead = at === PAGE_KIND.free || at === PAGE_KIND.hugetlb || at === PAGE_KIND.hugetlbFree
    pageIndex = isHead
      ? pageIndex + (1 << (order[pageIndex] ?? 0))
      : endOfAlike(pages, { start: pageIndex, end: range.end })
  }
  return range.end
}

const inMovable = (machine: Machine, zone: ZoneKey): boolean => isMovableZone(zoneOf(machine, zone))

/** A page that refuses, by its place, and its kind. */
interface Refusal {
  readonly pageIndex: number
  readonly kind: number
  readonly zone: ZoneKey | null
}

function refusalInOpen(
  machine: Machine,
  section: Readonly<Section> & { readonly pages: PageColumns },
  range: Range,
): Refusal | undefined {
  const { pages } = section
  let at = range.start
  for (const part of zoneExtents(machine, section)) {
    const start = Math.max(part.start, range.start)
    const end = Math.min(part.end, range.end)
    if (start >= end) continue
    if (at < start) break
    const pageIndex = firstRefusing(pages, { start, end, inMovable: inMovable(machine, part.zone) })
    if (pageIndex < end) return { pageIndex, kind: pages.kind[pageIndex] ?? 0, zone: part.zone }
    at = end
  }
  return at < range.end ? { pageIndex: at, kind: pages.kind[at] ?? 0, zone: null } : undefined
}

function refusalInSeed(
  machine: Machine,
  section: Readonly<Section>,
  range: Range,
): Refusal | undefined {
  for (const segment of planCapturedUse(machine, section)) {
    const start = Math.max(segment.start, range.start)
    if (start >= Math.min(segment.end, range.end)) continue
    const { kind, flags, zone } = segment
    if (refuses({ kind, flags, inMovable: zone !== null && inMovable(machine, zone) })) {
      return { pageIndex: start, kind, zone }
    }
  }
  return undefined
}

/** What isolation of a part of an online section meets first. Nothing is changed or materialised. */
function refusalIn(
  machine: Machine,
  section: Readonly<Section>,
  range: Range,
): Refusal | undefined {
  if (isMaterialised(section)) return refusalInOpen(machine, section, range)
  if (section.summary === 'captured') return refusalInSeed(machine, section, range)
  if (section.summary !== 'reserved') return undefined
  const zone = zoneExtents(machine, section)[0]?.zone ?? null
  return { pageIndex: range.start, kind: PAGE_KIND.reserved, zone }
}

/** First pageblock of a part that is isolated, by its place; undefined where none is. */
function isolatedIn(
  machine: Machine,
  section: Readonly<Section>,
  range: Range,
): number | undefined {
  if (!isMaterialised(section)) return section.summary === 'isolated' ? range.start : undefined
  const { pageblockPages } = machine.geometry
  for (let pageIndex = range.start; pageIndex < range.end; pageIndex += pageblockPages) {
    if (section.pageblocks[pageIndex / pageblockPages] === MIGRATE_TYPE.isolate) return pageIndex
  }
  return undefined
}

/** What isolation meets first in whole pageblocks of one section, ascending. */
function obstacleInPart(
  machine: Machine,
  section: Readonly<Section>,
  range: Range,
): Obstacle | undefined {
  const { pageblockPages } = machine.geometry
  const base = sectionBase(machine, section)
  const isolated = isolatedIn(machine, section, range)
  const refusal = refusalIn(machine, section, range)
  const blockOf = (pageIndex: number): number => pageIndex - (pageIndex % pageblockPages)
  if (isolated !== undefined && (refusal === undefined || isolated <= blockOf(refusal.pageIndex))) {
    const kind = isMaterialised(section) ? (section.pages.kind[isolated] ?? 0) : PAGE_KIND.free
    const zone = zoneExtents(machine, section)[0]?.zone ?? null
    const page = pfn(base + isolated)
    return { reason: 'isolated', pfn: page, kind: kindName(kind), pageblock: page, zone }
  }
  if (refusal === undefined) return undefined
  return {
    reason: 'unmovable',
    pfn: pfn(base + refusal.pageIndex),
    kind: kindName(refusal.kind),
    pageblock: pfn(base + blockOf(refusal.pageIndex)),
    zone: refusal.zone,
  }
}

/** What isolation meets first in a range, ascending. Offline and absent sections have nothing to isolate. */
function obstacleAscending(machine: Machine, range: Range): Obstacle | undefined {
  const { pagesPerSection } = machine.geometry
  for (let at = range.start; at < range.end; ) {
    const section = findSection(machine, sectionOfPfn(machine, at))
    const base = at - (at % pagesPerSection)
    const end = Math.min(range.end, base + pagesPerSection)
    if (section?.online === true) {
      const start = Math.max(at - base, section.selfHostedPages)
      const part = { start, end: end - base }
      if (start < part.end) {
        const found = obstacleInPart(machine, section, part)
        const obstacle =
          machine.subsystems.contiguousMemory?.first(machine, { section, part }, found) ?? found
        if (obstacle !== undefined) return obstacle
      }
    }
    at = end
  }
  return undefined
}

/** The stretches of a range in the order in which isolation takes them: first pageblock, last one, the others. */
function isolationOrder(machine: Machine, range: Range): readonly Range[] {
  const { pageblockPages } = machine.geometry
  const { start, end } = range
  if (end - start <= pageblockPages) return [range]
  return [
    { start, end: start + pageblockPages },
    { start: end - pageblockPages, end },
    { start: start + pageblockPages, end: end - pageblockPages },
  ]
}

/**
 * What isolation of a range would be refused for, were it tried now. Changes nothing.
 * The self-hosted memmap at the start of a block is not part of what is isolated.
 * @param range whole pageblocks
 * @returns undefined where it would succeed
 * Source: start_isolate_page_range and has_unmovable_pages, mm/page_isolation.c 6.1; spec 4.3.
 * @alpha
 */
export function firstObstacle(machine: Machine, range: PfnRange): Obstacle | undefined {
  const trimmed = { start: skipSelfHosted(machine, range), end: range.end }
  const [first, last, between] = isolationOrder(machine, trimmed)
  return (
    (first && obstacleAscending(machine, first)) ??
    (last && obstacleAscending(machine, last)) ??
    machine.subsystems.hugePages?.straddling(machine, range) ??
    (between && obstacleAscending(machine, between))
  )
}

/** The first page of a range that is not self-hosted memmap. */
function skipSelfHosted(machine: Machine, range: PfnRange): number {
  const { pagesPerSection } = machine.geometry
  let at: number = range.start
  while (at < range.end) {
    const section = findSection(machine, sectionOfPfn(machine, at))
    const base = at - (at % pagesPerSection)
    const first = base + (section?.selfHostedPages ?? 0)
    if (at >= first) return at
    at = first
  }
  return range.end
}

/**
 * The first obstacle of each pageblock of a range that has one, ascending. Changes nothing.
 * @param asked `limit`: most obstacles to list
 * @alpha
 */
export function listObstacles(
  machine: Machine,
  asked: { readonly range: PfnRange; readonly limit: number },
): readonly Obstacle[] {
  const { pageblockPages } = machine.geometry
  const found: Obstacle[] = []
  let start: number = asked.range.start
  while (found.length < asked.limit) {
    const obstacle = obstacleAscending(machine, { start, end: asked.range.end })
    if (obstacle === undefined) break
    found.push(obstacle)
    start = obstacle.pageblock + pageblockPages
  }
  return found
}

import type { NodeId, Pfn } from '../address/brand'
import { pfn } from '../address/brand'
import type { Range } from '../address/range'
import { invariant } from '../errors/invariant'
import type { FrameRun } from '../model/frame-source'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND, type PageKindName } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { Zone } from '../model/zone'
import { sectionOfPfn, zoneOfPfn } from '../section/section-table'
import { sectionBase, stampPages } from '../section-pages/columns'
import { firstListed, freeList } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'
import { freeRange, takeFromChunk } from './buddy'
import { type FreeChunk, findFreeChunk, firstChunkOf, materialiseAt } from './find-free-chunk'
import { FrameRuns } from './frame-runs'
import { drainPerCpu, freeToPerCpu, takeFromPerCpu } from './per-cpu'
import { type Mobility, zonelist } from './zonelist'

/** Told of each run of pages that was taken: places of a section, already marked with the kind asked for. */
export type RunVisitor = (section: MaterialisedSection, run: Range) => void

/** What `takePages` is to take: a number of single pages, from any of the zones. */
export interface PagesRequest {
  readonly zones: readonly Zone[]
  readonly count: number
  readonly mobility: Mobility
  readonly kind: PageKindName
}

/**
 * Allocates single pages in as few steps as there are runs of them: the pages, in the order, that as many
 * allocations of one page would give that pass the per-CPU lists by.
 * @returns how many were taken; fewer than asked for when the zones have no more
 */
export function takePages(machine: Machine, request: PagesRequest, visit: RunVisitor): number {
  let taken = 0
  for (const zone of request.zones) {
    for (let step = 1; step > 0 && taken < request.count; taken += step) {
      step = takeSome(machine, zone, { ...request, count: request.count - taken }, visit)
    }
    if (taken === request.count) break
  }
  return taken
}

function takeSome(machine: Machine, zone: Zone, request: PagesRequest, visit: RunVisitor): number {
  const type = MIGRATE_TYPE[request.mobility]
  const found = findFreeChunk(machine, zone, { order: 0, type })
  if (found !== undefined) {
    const count = found.type === type ? request.count : Math.min(request.count, 1 << found.order)
    return takeFromList(machine, zone, { ...request, count, source: found }, visit)
  }
  if (zone.perCpu.length === 0) return 0
  const before = zone.free.freePages
  drainPerCpu(machine, zone)
  return zone.free.freePages > before ? takeSome(machine, zone, request, visit) : 0
}

/** Takes chunks of one list, the last one perhaps only in part. */
function takeFromList(
  machine: Machine,
  zone: Zone,
  request: PagesRequest & { readonly source: FreeChunk },
  visit: RunVisitor,
): number {
  const { pagesPerSection } = machine.geometry
  const { source, count } = request
  const kind = PAGE_KIND[request.kind]
  let taken = 0
  // The list is another one once its first chunk has left it where a snapshot holds it.
  const first = (): number | undefined => firstListed(freeList(zone, source))
  for (let head = first(); head !== undefined; head = first()) {
    const section = materialiseAt(machine, head)
    const start = head % pagesPerSection
    const pageCount = Math.min(1 << source.order, count - taken)
    takeFromChunk(zoneSliceAt(machine, section, start), { start, order: source.order }, pageCount)
    section.pages.kind.fill(kind, start, start + pageCount)
    stampPages(section.pages, { start, end: start + pageCount })
    visit(section, { start, end: start + pageCount })
    taken += pageCount
    if (taken === count) break
  }
  return taken
}

/** Allocates one chunk from one of the zones. The pages are marked with the kind. */
export function takeChunk(
  machine: Machine,
  request: {
    readonly zones: readonly Zone[]
    readonly order: number
    readonly mobility: Mobility
    readonly kind: PageKindName
  },
): Pfn | null {
  const type = MIGRATE_TYPE[request.mobility]
  for (const zone of request.zones) {
    if (request.order === 0) {
      const page = takeFromPerCpu(machine, { zone, type })
      if (page !== null) {
        markPages(machine, page, request)
        return page
      }
    }
    const page = takeBuddyChunk(machine, zone, { order: request.order, type })
    if (page === null) continue
    markPages(machine, page, request)
    return page
  }
  return null
}

function takeBuddyChunk(
  machine: Machine,
  zone: Zone,
  request: { readonly order: number; readonly type: number },
): Pfn | null {
  let source = findFreeChunk(machine, zone, request)
  if (source === undefined && zone.perCpu.length > 0) {
    drainPerCpu(machine, zone)
    source = findFreeChunk(machine, zone, request)
  }
  if (source === undefined) return null
  const found = firstChunkOf(machine, zone, source)
  invariant(found !== undefined, `A list of ${zone.key} that was not empty is.`)
  const { slice, chunk } = found
  takeFromChunk(slice, chunk, 1 << request.order)
  return pfn(slice.base + chunk.start)
}

function markPages(
  machine: Machine,
  page: Pfn,
  marked: { readonly order: number; readonly kind: PageKindName },
): void {
  const { order, kind } = marked
  const { pages } = materialise(machine, sectionOfPfn(machine, page))
  const start = page % machine.geometry.pagesPerSection
  const isHuge = kind === 'hugetlb' || kind === 'hugetlbFree'
  pages.kind.fill(PAGE_KIND[isHuge ? 'hugetlbTail' : kind], start, start + (1 << order))
  pages.kind[start] = PAGE_KIND[kind]
  if (isHuge) pages.order[start] = order
  stampPages(pages, { start, end: start + (1 << order) })
}

/**
 * Allocates 2^order pages that belong together: from the nearest node that has them, its highest zone first,
 * never from isolated pageblocks.
 * @param request `nodeId` is where to begin, `nodes` all that may be used (default: every node)
 * @returns the first page; null where there is no such memory
 * @beta
 */
export function allocatePages(
  machine: Machine,
  request: {
    readonly order: number
    readonly nodeId: NodeId
    readonly mobility: Mobility
    readonly kind: PageKindName
    readonly nodes?: readonly NodeId[]
  },
): Pfn | null {
  const { order, mobility, kind } = request
  return takeChunk(machine, { order, mobility, kind, zones: zonelist(machine, request) })
}

/**
 * Allocates single pages in as few steps as there are runs of neighbours; per-CPU lists are passed by as long as the zone has
 * others.
 * @returns how many were taken
 */
export function allocateRuns(
  machine: Machine,
  request: {
    readonly count: number
    readonly nodeId: NodeId
    readonly mobility: Mobility
    readonly kind: PageKindName
  },
  visit: (run: FrameRun) => void,
): number {
  const zones = zonelist(machine, request)
  const runs = new FrameRuns(visit)
  const taken = takePages(machine, { ...request, zones }, (section, { start, end }) =>
    runs.add(sectionBase(machine, section) + start, end - start),
  )
  runs.end()
  return taken
}

/** Gives back neighbouring pages, each allocated by itself, to the buddy allocator. @throws as `freePages` */
export function freePageRun(machine: Machine, run: FrameRun): void {
  const { pagesPerSection } = machine.geometry
  const last = run.pfn + run.count
  for (let page: number = run.pfn; page < last; ) {
    const section = materialise(machine, sectionOfPfn(machine, page))
    const start = page % pagesPerSection
    const end = Math.min(pagesPerSection, start + last - page)
    forgetOwners(machine, { section, range: { start, end } })
    freeRange(machine, { section, range: { start, end } })
    page += end - start
  }
}

/**
 * Gives pages back. A single one goes to the per-CPU list of its zone, where that is enabled. Whoever owned the
 * pages no longer has them.
 * @param freed 2^order pages in use, the first a multiple of their number
 * @throws InvariantViolation where the pages are offline or free already
 * @beta
 */
export function freePages(
  machine: Machine,
  freed: { readonly pfn: Pfn; readonly order: number },
): void {
  const { order } = freed
  const key = zoneOfPfn(machine, freed.pfn)
  invariant(key !== null, `Page ${freed.pfn} is in no zone.`)
  const section = materialise(machine, sectionOfPfn(machine, freed.pfn))
  const start = freed.pfn % machine.geometry.pagesPerSection
  const range = { start, end: start + (1 << order) }
  forgetOwners(machine, { section, range })
  const poisoned = section.pages.flags[start] !== 0
  const single = order === 0 && !poisoned
  if (single && freeToPerCpu(machine, { zone: zoneOf(machine, key), page: freed.pfn })) return
  freeRange(machine, { section, range })
}

/** Takes pages away from those who own them. @throws InvariantViolation where one is free or offline */
function forgetOwners(
  machine: Machine,
  where: { readonly section: MaterialisedSection; readonly range: Range },
): void {
  const { kind, owned } = where.section.pages
  for (let pageIndex = where.range.start; pageIndex < where.range.end; pageIndex++) {
    const used = kind[pageIndex] ?? 0
    if (used <= PAGE_KIND.perCpu && used !== PAGE_KIND.reserved) {
      invariant(false, `Section ${where.section.nr}: the page at ${pageIndex} is not in use.`)
    }
    const id = owned?.owner[pageIndex] ?? 0
    if (owned === null || id === 0) continue
    const pages = machine.state.memory.allocations.get(id)?.pages
    if (pages !== undefined) pages[owned.index[pageIndex] ?? 0] = -1
  }
}

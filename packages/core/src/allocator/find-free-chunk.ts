import { type SectionNr, sectionNr } from '../address/brand'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { Zone } from '../model/zone'
import { findSection, writableSection } from '../section/section-table'
import { planCapturedUse, plannedFreePages } from '../section-pages/captured-use-plan'
import { type Chunk, orderOfSize } from '../section-pages/chunk'
import { isMaterialised, stampPages } from '../section-pages/columns'
import { firstListed, freeList, linkChunk, listSize, unlinkChunk } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { type ZoneSlice, zoneSliceAt } from '../section-pages/zone-slice'

/** What a zone is asked for: a chunk of at least this order from pageblocks of this type. */
export interface ChunkRequest {
  readonly order: number
  readonly type: number
}

/** A free list that has something for the request. */
export interface FreeChunk {
  readonly order: number
  readonly type: number
}

/** Types whose pageblocks a request may take from when its own have nothing, in order. Source: fallbacks[], mm/page_alloc.c 6.1. */
function fallbacksOf(type: number): readonly number[] {
  const { movable, unmovable, reclaimable } = MIGRATE_TYPE
  if (type === movable) return [reclaimable, unmovable]
  return type === unmovable ? [reclaimable, movable] : []
}

/** The list with the smallest chunks that are large enough. */
export function smallestList(
  machine: Machine,
  zone: Zone,
  request: ChunkRequest,
): FreeChunk | undefined {
  for (let order = request.order; order <= machine.geometry.maxOrder; order++) {
    if (listSize(freeList(zone, { order, type: request.type })) > 0) {
      return { order, type: request.type }
    }
  }
  return undefined
}

/** The list with the largest chunks that are large enough. */
function largestList(machine: Machine, zone: Zone, request: ChunkRequest): FreeChunk | undefined {
  for (let order = machine.geometry.maxOrder; order >= request.order; order--) {
    if (listSize(freeList(zone, { order, type: request.type })) > 0) {
      return { order, type: request.type }
    }
  }
  return undefined
}

/**
 * The free list to take a chunk from, so that one of its chunks is as large as asked for.
 * Materialises sections and claims pageblocks of other types as far as needed.
 * Order: lists of the type; captured sections; untouched runs; other types. A request for unmovable memory claims
 * a large chunk of another type before it materialises a section.
 * @returns undefined where the zone has nothing
 * Source: __rmqueue, mm/page_alloc.c 6.1.
 */
export function findFreeChunk(
  machine: Machine,
  zone: Zone,
  request: ChunkRequest,
): FreeChunk | undefined {
  const { contiguousMemory: aside } = machine.subsystems
  for (;;) {
    const own =
      aside?.choose(machine, zone, request, 'first') ?? smallestList(machine, zone, request)
    if (own !== undefined) return own
    if (zone.free.freePages < 1 << request.order) return undefined
    if (request.type !== MIGRATE_TYPE.movable) {
      if (machine.generation.code?.claimOnlined(machine, zone, request)) continue
      if (claimLarge(machine, zone, request)) continue
    }
    if (layOutMore(machine, zone, request)) continue
    const last = aside?.choose(machine, zone, request, 'last')
    if (last !== undefined) return last
    if (claimLarge(machine, zone, request)) continue
    return borrow(machine, zone, request)
  }
}

/** Materialises one more section that may hold what is requested. @returns false where there is none */
function layOutMore(machine: Machine, zone: Zone, request: ChunkRequest): boolean {
  const { pageblockPages } = machine.geometry
  const unmovable = request.type !== MIGRATE_TYPE.movable
  const large = Math.max(1 << request.order, unmovable ? pageblockPages : 1)
  const captured =
    (unmovable ? capturedSectionWith(machine, zone, large, 'with-kernel-memory') : undefined) ??
    capturedSectionWith(machine, zone, large)
  if (captured !== undefined) {
    materialise(machine, captured)
    return true
  }
  const untouched = zone.free.untouchedRuns[0]
  if (untouched !== undefined) {
    materialise(machine, sectionNr(Math.floor(untouched.start / machine.geometry.pagesPerSection)))
    return true
  }
  if (!unmovable || smallestFallback(machine, zone, request) !== undefined) return false
  const small = capturedSectionWith(machine, zone, 1 << request.order)
  if (small === undefined) return false
  materialise(machine, small)
  return true
}

/** The first captured section that has the number of free pages in the zone. */
function capturedSectionWith(
  machine: Machine,
  zone: Zone,
  pages: number,
  which: 'any' | 'with-kernel-memory' = 'any',
): SectionNr | undefined {
  if (zone.free.capturedFreePages < pages) return undefined
  for (const value of zone.free.captured) {
    const nr = sectionNr(value)
    const section = findSection(machine, nr)
    if (section === undefined) continue
    const { reserved = 0, unmovable = 0 } = section.capturedUse ?? {}
    if (which === 'with-kernel-memory' && reserved + unmovable === 0) continue
    const free = plannedFreePages(planCapturedUse(machine, section)).get(zone.key) ?? 0
    if (free >= pages) return nr
  }
  return undefined
}

/** Turns all pageblocks of the largest chunk of another type into the requested type, if it is a pageblock or more. */
function claimLarge(machine: Machine, zone: Zone, request: ChunkRequest): boolean {
  const order = Math.max(request.order, orderOfSize(machine.geometry.pageblockPages))
  for (const type of fallbacksOf(request.type)) {
    const source = largestList(machine, zone, { order, type })
    const found = source && firstChunkOf(machine, zone, source)
    if (found === undefined) continue
    const { slice, chunk } = found
    retype(slice, {
      start: chunk.start,
      end: chunk.start + (1 << chunk.order),
      type: request.type,
    })
    return true
  }
  return false
}

function smallestFallback(
  machine: Machine,
  zone: Zone,
  request: ChunkRequest,
): FreeChunk | undefined {
  for (const type of fallbacksOf(request.type)) {
    const source = smallestList(machine, zone, { order: request.order, type })
    if (source !== undefined) return source
  }
  return undefined
}

/**
 * A list of another type to take single chunks from. An unmovable request claims the pageblock when at least half
 * of it is free. Source: steal_suitable_fallback, mm/page_alloc.c 6.1.
 */
function borrow(machine: Machine, zone: Zone, request: ChunkRequest): FreeChunk | undefined {
  if (request.type === MIGRATE_TYPE.movable) return smallestFallback(machine, zone, request)
  for (const type of fallbacksOf(request.type)) {
    const source = largestList(machine, zone, { order: request.order, type })
    const found = source && firstChunkOf(machine, zone, source)
    if (source === undefined || found === undefined) continue
    const { slice, chunk } = found
    const { pageblockPages } = machine.geometry
    const start = chunk.start - (chunk.start % pageblockPages)
    const end = start + pageblockPages
    const whole = slice.start <= start && end <= slice.end
    if (!whole || freePagesIn(slice, { start, end }) * 2 < pageblockPages) return source
    retype(slice, { start, end, type: request.type })
    return smallestList(machine, zone, request)
  }
  return undefined
}

/** The chunk of a list that is allocated next, with its place. */
export function firstChunkOf(
  machine: Machine,
  zone: Zone,
  source: FreeChunk,
): { readonly slice: ZoneSlice; readonly chunk: Chunk } | undefined {
  const head = firstListed(freeList(zone, source))
  if (head === undefined) return undefined
  const { pagesPerSection } = machine.geometry
  const section = materialiseAt(machine, head)
  const start = head % pagesPerSection
  return { slice: zoneSliceAt(machine, section, start), chunk: { start, order: source.order } }
}

/** The open section that holds a page which the caller knows to be in a free list. */
export function materialiseAt(machine: Machine, page: number): MaterialisedSection {
  const nr = sectionNr(Math.floor(page / machine.geometry.pagesPerSection))
  const section = writableSection(machine, nr)
  return isMaterialised(section) ? section : materialise(machine, nr)
}

interface Pageblocks {
  readonly start: number
  readonly end: number
}

function freeChunksIn(slice: ZoneSlice, range: Pageblocks): Chunk[] {
  const { kind, order } = slice.section.pages
  const chunks: Chunk[] = []
  for (let pageIndex = range.start; pageIndex < range.end; ) {
    const isHead = kind[pageIndex] === PAGE_KIND.free
    if (isHead) chunks.push({ start: pageIndex, order: order[pageIndex] ?? 0 })
    pageIndex += isHead ? 1 << (order[pageIndex] ?? 0) : 1
  }
  return chunks
}

const freePagesIn = (slice: ZoneSlice, range: Pageblocks): number =>
  freeChunksIn(slice, range).reduce((sum, chunk) => sum + (1 << chunk.order), 0)

/** Gives whole pageblocks another type, and their free chunks another list. Neither type is `isolate`. */
export function retype(slice: ZoneSlice, blocks: Pageblocks & { readonly type: number }): void {
  const chunks = freeChunksIn(slice, blocks)
  for (const chunk of chunks) unlinkChunk(slice, chunk)
  const { pageblocks } = slice.section
  for (
    let pageIndex = blocks.start;
    pageIndex < blocks.end;
    pageIndex += 1 << slice.pageblockShift
  ) {
    pageblocks[pageIndex >>> slice.pageblockShift] = blocks.type
  }
  stampPages(slice.section.pages, blocks)
  for (const chunk of chunks) linkChunk(slice, chunk)
}

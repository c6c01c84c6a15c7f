import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import { type Chunk, forEachChunk } from '../section-pages/chunk'
import { stampPages } from '../section-pages/columns'
import {
  apartAt,
  type ListEnd,
  linkChunk,
  linkRange,
  unlinkChunk,
} from '../section-pages/free-list'
import { forEachZoneSlice, type ZoneSlice } from '../section-pages/zone-slice'

/** The free chunk beside `chunk` that the two could become one with; undefined where there is none. */
function mergeableBuddy(slice: ZoneSlice, chunk: Chunk): Chunk | undefined {
  const { section, maxOrder, pageblockShift } = slice
  const { order } = chunk
  if (order >= maxOrder) return undefined
  const start = chunk.start ^ (1 << order)
  if (section.pages.kind[start] !== PAGE_KIND.free || section.pages.order[start] !== order) {
    return undefined
  }
  if (start < slice.start || start + (1 << order) > slice.end) return undefined
  const crossesPageblocks = order >= pageblockShift
  if (crossesPageblocks && apartAt(slice, start) !== apartAt(slice, chunk.start)) {
    return undefined
  }
  return { start, order }
}

/** Links a free chunk, joined with as many free buddies as there are. Source: __free_one_page, mm/page_alloc.c 6.1. */
function mergeChunk(slice: ZoneSlice, added: Chunk, end: ListEnd): void {
  let chunk = added
  for (let buddy = mergeableBuddy(slice, chunk); buddy; buddy = mergeableBuddy(slice, chunk)) {
    unlinkChunk(slice, buddy)
    chunk = { start: Math.min(chunk.start, buddy.start), order: chunk.order + 1 }
  }
  linkChunk(slice, chunk, end)
}

/** Forgets what the pages of a range were used for and marks them as tails of no chunk. */
export function clearPages(section: MaterialisedSection, range: Range): void {
  const { start, end } = range
  const { kind, flags, order, owned } = section.pages
  kind.fill(PAGE_KIND.freeTail, start, end)
  flags.fill(0, start, end)
  order.fill(0, start, end)
  owned?.owner.fill(0, start, end)
  owned?.index.fill(0, start, end)
  owned?.data.fill(0, start, end)
  stampPages(section.pages, range)
}

/** Gives pages of one zone back to the buddy allocator. */
function freeInStretch(slice: ZoneSlice, range: Range, end: ListEnd): void {
  clearPages(slice.section, range)
  forEachChunk(range, slice.maxOrder, (chunk) => mergeChunk(slice, chunk, end))
}

/**
 * Frees pages that were in use. Poisoned ones among them are retired instead.
 * @param where places of the section; none of the pages is free. `listEnd`: where their chunks go in the lists; default `first`
 * Source: free_pages_prepare, mm/page_alloc.c 6.1.
 */
export function freeRange(
  machine: Machine,
  where: {
    readonly section: MaterialisedSection
    readonly range: Range
    readonly listEnd?: ListEnd
  },
): void {
  const { section, listEnd = 'first' } = where
  forEachZoneSlice(machine, where, (slice, part) => {
    const healthy = machine.subsystems.memoryFailure?.retire(section, part) ?? [part]
    for (const range of healthy) freeInStretch(slice, range, listEnd)
  })
}

/**
 * Takes the first `pageCount` pages of a free chunk out of the allocator; the rest stays free.
 * The pages taken are left as tails of no chunk, for the caller to mark.
 */
export function takeFromChunk(slice: ZoneSlice, chunk: Chunk, pageCount: number): void {
  unlinkChunk(slice, chunk)
  const end = chunk.start + (1 << chunk.order)
  const start = chunk.start + pageCount
  if (start < end) linkRange(slice, { start, end })
}

/** The free chunk that holds a place; undefined where the page is not free in the buddy allocator. */
function chunkAt(slice: ZoneSlice, pageIndex: number): Chunk | undefined {
  const { kind, order: orders } = slice.section.pages
  if (kind[pageIndex] !== PAGE_KIND.free && kind[pageIndex] !== PAGE_KIND.freeTail) return undefined
  for (let order = 0; order <= slice.maxOrder; order++) {
    const start = (pageIndex >>> order) << order
    if (kind[start] === PAGE_KIND.free && (orders[start] ?? 0) >= order) {
      return { start, order: orders[start] ?? 0 }
    }
  }
  return undefined
}

/**
 * Takes one free page out of the middle of its chunk, for the caller to mark.
 * @returns false where the page is not free
 */
export function takeFreePage(slice: ZoneSlice, pageIndex: number): boolean {
  const chunk = chunkAt(slice, pageIndex)
  if (chunk === undefined) return false
  unlinkChunk(slice, chunk)
  linkRange(slice, { start: chunk.start, end: pageIndex })
  linkRange(slice, { start: pageIndex + 1, end: chunk.start + (1 << chunk.order) })
  return true
}

import type { Range } from '../address/range'
import type { Machine } from '../machine/machine'
import { type Chunk, forEachChunk } from './chunk'
import type { OpenSection } from './columns'
import { isIsolatedAt, linkChunk, linkRange, unlinkChunk } from './free-list'
import { PAGE_FLAG, PAGE_KIND } from './page'
import { forEachStretch, type Stretch } from './stretch'

/** The free chunk beside `chunk` that the two could become one with; undefined where there is none. */
function mergeableBuddy(stretch: Stretch, chunk: Chunk): Chunk | undefined {
  const { section, maxOrder, pageblockShift } = stretch
  const { order } = chunk
  if (order >= maxOrder) return undefined
  const start = chunk.start ^ (1 << order)
  if (section.pages.kind[start] !== PAGE_KIND.free || section.pages.order[start] !== order) {
    return undefined
  }
  if (start < stretch.start || start + (1 << order) > stretch.end) return undefined
  const crossesPageblocks = order >= pageblockShift
  if (crossesPageblocks && isIsolatedAt(stretch, start) !== isIsolatedAt(stretch, chunk.start)) {
    return undefined
  }
  return { start, order }
}

/** Links a free chunk, joined with as many free buddies as there are. Source: __free_one_page, mm/page_alloc.c 6.1. */
function mergeChunk(stretch: Stretch, added: Chunk): void {
  let chunk = added
  for (let buddy = mergeableBuddy(stretch, chunk); buddy; buddy = mergeableBuddy(stretch, chunk)) {
    unlinkChunk(stretch, buddy)
    chunk = { start: Math.min(chunk.start, buddy.start), order: chunk.order + 1 }
  }
  linkChunk(stretch, chunk)
}

/** Forgets what the pages of a range were used for and marks them as tails of no chunk. */
function clearPages(section: OpenSection, range: Range): void {
  const { start, end } = range
  const { kind, flags, order, owner, index, data } = section.pages
  kind.fill(PAGE_KIND.freeTail, start, end)
  flags.fill(0, start, end)
  order.fill(0, start, end)
  owner.fill(0, start, end)
  index.fill(0, start, end)
  data.fill(0, start, end)
}

/** Gives pages of one zone back to the buddy allocator. */
function freeInStretch(stretch: Stretch, range: Range): void {
  clearPages(stretch.section, range)
  forEachChunk(range, stretch.maxOrder, (chunk) => mergeChunk(stretch, chunk))
}

/** Takes a poisoned page out of use for good: it belongs to nobody and is never allocated. */
export function retirePage(section: OpenSection, place: number): void {
  clearPages(section, { start: place, end: place + 1 })
  section.pages.kind[place] = PAGE_KIND.offline
  section.pages.flags[place] = PAGE_FLAG.hwpoison
}

/** First place at or above `range.start` that is poisoned, or `range.end`. */
function nextPoisoned(section: OpenSection, range: Range): number {
  const { flags } = section.pages
  let place = range.start
  while (place < range.end && ((flags[place] ?? 0) & PAGE_FLAG.hwpoison) === 0) place++
  return place
}

/**
 * Frees pages that were in use. Poisoned ones among them are retired instead.
 * @param where places of the section; none of the pages is free
 * Source: free_pages_prepare, mm/page_alloc.c 6.1.
 */
export function freeRange(
  machine: Machine,
  where: { readonly section: OpenSection; readonly range: Range },
): void {
  const { section } = where
  forEachStretch(machine, where, (stretch, part) => {
    for (let start = part.start; start < part.end; ) {
      const end = nextPoisoned(section, { start, end: part.end })
      if (start < end) freeInStretch(stretch, { start, end })
      if (end < part.end) retirePage(section, end)
      start = end + 1
    }
  })
}

/**
 * Takes the first `pageCount` pages of a free chunk out of the allocator; the rest stays free.
 * The pages taken are left as tails of no chunk, for the caller to mark.
 */
export function takeFromChunk(stretch: Stretch, chunk: Chunk, pageCount: number): void {
  unlinkChunk(stretch, chunk)
  const end = chunk.start + (1 << chunk.order)
  const start = chunk.start + pageCount
  if (start < end) linkRange(stretch, { start, end })
}

/** The free chunk that holds a place; undefined where the page is not free in the buddy allocator. */
function chunkAt(stretch: Stretch, place: number): Chunk | undefined {
  const { kind, order: orders } = stretch.section.pages
  if (kind[place] !== PAGE_KIND.free && kind[place] !== PAGE_KIND.freeTail) return undefined
  for (let order = 0; order <= stretch.maxOrder; order++) {
    const start = (place >>> order) << order
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
export function takeFreePage(stretch: Stretch, place: number): boolean {
  const chunk = chunkAt(stretch, place)
  if (chunk === undefined) return false
  unlinkChunk(stretch, chunk)
  linkRange(stretch, { start: chunk.start, end: place })
  linkRange(stretch, { start: place + 1, end: chunk.start + (1 << chunk.order) })
  return true
}

import type { Range } from '../address/range'
import type { Machine } from '../machine/machine'
import type { OpenSection } from './columns'
import { linkRange, typeAt, unlinkChunk } from './free-list'
import { MIGRATE_TYPE, PAGE_KIND } from './page'
import { forEachStretch, type Stretch } from './stretch'

/**
 * Gives the pageblocks of a range another type and puts their free pages into the lists that follow from it:
 * a chunk that reaches across a boundary between isolated and other pageblocks is split, and halves that a
 * boundary kept apart become one.
 * @param change places of the section, whole pageblocks
 * @returns pageblocks that became isolated, less those that no longer are
 * Source: set_migratetype_isolate, unset_migratetype_isolate and isolate_single_pageblock, mm/page_isolation.c 6.1.
 */
export function setPageblockTypes(
  machine: Machine,
  change: { readonly section: OpenSection; readonly range: Range; readonly type: number },
): number {
  const { section, range, type } = change
  const { maxOrder, pageblockPages, pagesPerSection } = machine.geometry
  const largest = 1 << maxOrder
  const around = {
    start: range.start - (range.start % largest),
    end: Math.min(pagesPerSection, Math.ceil(range.end / largest) * largest),
  }
  const freed: { stretch: Stretch; ranges: Range[] }[] = []
  forEachStretch(machine, { section, range: around }, (stretch, part) => {
    freed.push({ stretch, ranges: unlinkFree(stretch, part) })
  })
  let isolated = 0
  for (let place = range.start; place < range.end; place += pageblockPages) {
    const block = place / pageblockPages
    if (section.pageblocks[block] === MIGRATE_TYPE.isolate) isolated -= 1
    if (type === MIGRATE_TYPE.isolate) isolated += 1
    section.pageblocks[block] = type
  }
  for (const { stretch, ranges } of freed) {
    for (const free of ranges) linkByIsolation(stretch, free, pageblockPages)
  }
  return isolated
}

/** Takes all chunks of a range out of their lists. @returns the pages that they had, joined where they touch */
function unlinkFree(stretch: Stretch, range: Range): Range[] {
  const { kind, order } = stretch.section.pages
  const ranges: { start: number; end: number }[] = []
  for (let place = range.start; place < range.end; ) {
    if (kind[place] !== PAGE_KIND.free) {
      place += 1
      continue
    }
    const chunk = { start: place, order: order[place] ?? 0 }
    const end = place + (1 << chunk.order)
    unlinkChunk(stretch, chunk)
    const last = ranges.at(-1)
    if (last !== undefined && last.end === place) last.end = end
    else ranges.push({ start: place, end })
    place = end
  }
  return ranges
}

/** Links a free range, cut where isolated pageblocks meet others. */
function linkByIsolation(stretch: Stretch, range: Range, pageblockPages: number): void {
  const isolatedAt = (place: number): boolean => typeAt(stretch, place) === MIGRATE_TYPE.isolate
  for (let start = range.start; start < range.end; ) {
    const isolated = isolatedAt(start)
    let end = start - (start % pageblockPages) + pageblockPages
    while (end < range.end && isolatedAt(end) === isolated) end += pageblockPages
    end = Math.min(end, range.end)
    linkRange(stretch, { start, end })
    start = end
  }
}

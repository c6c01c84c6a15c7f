import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import { placeOf, stampPages } from './columns'
import { apartAt, linkRange, unlinkChunk } from './free-list'
import { forEachZoneSlice, type ZoneSlice } from './zone-slice'

/**
 * Gives the pageblocks of a range another type and puts their free pages into the lists that follow from it:
 * a chunk that reaches across a boundary between isolated and other pageblocks is split, and halves that a
 * boundary kept apart become one.
 * @param change places of the section, whole pageblocks. `before`: the types that they had before they were isolated, where the kernel
 *   keeps these; else MOVABLE
 * @returns pageblocks that became isolated, less those that no longer are
 * Source: set_migratetype_isolate, unset_migratetype_isolate and isolate_single_pageblock, mm/page_isolation.c 6.1.
 */
export function setPageblockTypes(
  machine: Machine,
  change: {
    readonly section: MaterialisedSection
    readonly range: Range
    readonly type: number | 'before'
  },
): number {
  const { section, range, type } = change
  const { maxOrder, pageblockPages, pagesPerSection } = machine.geometry
  const largest = 1 << maxOrder
  const around = {
    start: range.start - (range.start % largest),
    end: Math.min(pagesPerSection, Math.ceil(range.end / largest) * largest),
  }
  const freed: { slice: ZoneSlice; ranges: Range[] }[] = []
  forEachZoneSlice(machine, { section, range: around }, (slice, part) => {
    freed.push({ slice, ranges: unlinkFree(slice, part) })
  })
  let isolated = 0
  for (let pageIndex = range.start; pageIndex < range.end; pageIndex += pageblockPages) {
    const block = pageIndex / pageblockPages
    if (section.pageblocks[block] === MIGRATE_TYPE.isolate) isolated -= 1
    if (type === MIGRATE_TYPE.isolate) {
      isolated += 1
      noteType(machine, section, block)
    }
    section.pageblocks[block] =
      type === 'before' ? (section.typesBefore?.[block] ?? MIGRATE_TYPE.movable) : type
  }
  stampPages(section.pages, around)
  for (const { slice, ranges } of freed) {
    for (const free of ranges) linkByType(machine, slice, free)
  }
  return isolated
}

/** Notes the type of a pageblock that becomes isolated, where it gets it back. */
function noteType({ generation }: Machine, section: MaterialisedSection, block: number): void {
  const type = section.pageblocks[block] ?? MIGRATE_TYPE.movable
  if (generation.rules.allocator.isolated === 'movable' || type === MIGRATE_TYPE.isolate) return
  if (section.typesBefore === null && type === MIGRATE_TYPE.movable) return
  section.typesBefore ??= new Uint8Array(section.pageblocks.length).fill(MIGRATE_TYPE.movable)
  section.typesBefore[block] = type
}

/** Takes all chunks of a range out of their lists. @returns the pages that they had, joined where they touch */
function unlinkFree(slice: ZoneSlice, range: Range): Range[] {
  const { kind, order } = slice.section.pages
  const ranges: { start: number; end: number }[] = []
  const nextFree = (from: number): number =>
    placeOf(kind, { start: from, end: range.end }, PAGE_KIND.free)
  for (let start = nextFree(range.start); start < range.end; ) {
    const chunk = { start, order: order[start] ?? 0 }
    const end = start + (1 << chunk.order)
    unlinkChunk(slice, chunk)
    const last = ranges.at(-1)
    if (last !== undefined && last.end === start) last.end = end
    else ranges.push({ start, end })
    start = nextFree(end)
  }
  return ranges
}

/** Links a free range, cut where pageblocks meet that are kept apart: where such go that come online. */
export function linkByType(machine: Machine, slice: ZoneSlice, range: Range): void {
  const { pageblockPages } = machine.geometry
  const { onlined } = machine.generation.rules.allocator
  for (let start = range.start; start < range.end; ) {
    const apart = apartAt(slice, start)
    let end = start - (start % pageblockPages) + pageblockPages
    while (end < range.end && apartAt(slice, end) === apart) end += pageblockPages
    end = Math.min(end, range.end)
    linkRange(slice, { start, end }, onlined)
    start = end
  }
}

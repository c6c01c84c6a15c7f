import type { Range } from '../address/range'
import { MIGRATE_TYPE, MIGRATE_TYPES, PAGE_KIND } from '../model/page'
import type { Zone } from '../model/zone'
import { type Chunk, forEachChunk } from './chunk'
import { stampPage } from './columns'
import type { ZoneSlice } from './zone-slice'

/** Migrate type of the pageblock that a place lies in. */
export const typeAt = (slice: ZoneSlice, pageIndex: number): number =>
  slice.section.pageblocks[pageIndex >>> slice.pageblockShift] ?? MIGRATE_TYPE.movable

export const isIsolatedAt = (slice: ZoneSlice, pageIndex: number): boolean =>
  typeAt(slice, pageIndex) === MIGRATE_TYPE.isolate

const NO_CHUNKS: ReadonlySet<number> = new Set()

/** The free list of an order and a migrate type, to look at. */
export const freeList = (
  zone: Zone,
  which: { readonly order: number; readonly type: number },
): ReadonlySet<number> => zone.free.lists.get(which.order * MIGRATE_TYPES + which.type) ?? NO_CHUNKS

/** Marks a chunk free and appends it to the list of its first pageblock's type. */
export function linkChunk(slice: ZoneSlice, chunk: Chunk): void {
  const { section, zone, base } = slice
  const type = typeAt(slice, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.free
  section.pages.order[chunk.start] = chunk.order
  stampPage(section.pages, chunk.start)
  const index = chunk.order * MIGRATE_TYPES + type
  const list = zone.free.lists.get(index)
  if (list === undefined) zone.free.lists.set(index, new Set([base + chunk.start]))
  else list.add(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages += 1 << chunk.order
}

/** Takes a chunk from its list. Its pages are left as tails of no chunk, for the caller to mark. */
export function unlinkChunk(slice: ZoneSlice, chunk: Chunk): void {
  const { section, zone, base } = slice
  const type = typeAt(slice, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.freeTail
  section.pages.order[chunk.start] = 0
  stampPage(section.pages, chunk.start)
  zone.free.lists.get(chunk.order * MIGRATE_TYPES + type)?.delete(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages -= 1 << chunk.order
}

/** Links the chunks of a range whose pages are marked `freeTail` and that meets no free neighbour. */
export function linkRange(slice: ZoneSlice, range: Range): void {
  forEachChunk(range, slice.maxOrder, (chunk) => linkChunk(slice, chunk))
}

import type { Range } from '../address/range'
import type { Zone } from '../zone/zone'
import { type Chunk, forEachChunk } from './chunk'
import { MIGRATE_TYPE, MIGRATE_TYPES, PAGE_KIND } from './page'
import type { Stretch } from './stretch'

/** Migrate type of the pageblock that a place lies in. */
export const typeAt = (stretch: Stretch, place: number): number =>
  stretch.section.pageblocks[place >>> stretch.pageblockShift] ?? MIGRATE_TYPE.movable

export const isIsolatedAt = (stretch: Stretch, place: number): boolean =>
  typeAt(stretch, place) === MIGRATE_TYPE.isolate

/** The free list of an order and a migrate type. */
export function freeList(
  zone: Zone,
  which: { readonly order: number; readonly type: number },
): Set<number> {
  const list = zone.free.lists[which.order * MIGRATE_TYPES + which.type]
  return list ?? new Set()
}

/** Marks a chunk free and appends it to the list of its first pageblock's type. */
export function linkChunk(stretch: Stretch, chunk: Chunk): void {
  const { section, zone, base } = stretch
  const type = typeAt(stretch, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.free
  section.pages.order[chunk.start] = chunk.order
  freeList(zone, { order: chunk.order, type }).add(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages += 1 << chunk.order
}

/** Takes a chunk from its list. Its pages are left as tails of no chunk, for the caller to mark. */
export function unlinkChunk(stretch: Stretch, chunk: Chunk): void {
  const { section, zone, base } = stretch
  const type = typeAt(stretch, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.freeTail
  section.pages.order[chunk.start] = 0
  freeList(zone, { order: chunk.order, type }).delete(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages -= 1 << chunk.order
}

/** Links the chunks of a range whose pages are marked `freeTail` and that meets no free neighbour. */
export function linkRange(stretch: Stretch, range: Range): void {
  forEachChunk(range, stretch.maxOrder, (chunk) => linkChunk(stretch, chunk))
}

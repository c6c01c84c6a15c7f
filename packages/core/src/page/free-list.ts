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

const NO_CHUNKS: ReadonlySet<number> = new Set()

/** The free list of an order and a migrate type, to look at. */
export const freeList = (
  zone: Zone,
  which: { readonly order: number; readonly type: number },
): ReadonlySet<number> => zone.free.lists.get(which.order * MIGRATE_TYPES + which.type) ?? NO_CHUNKS

/** Marks a chunk free and appends it to the list of its first pageblock's type. */
export function linkChunk(stretch: Stretch, chunk: Chunk): void {
  const { section, zone, base } = stretch
  const type = typeAt(stretch, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.free
  section.pages.order[chunk.start] = chunk.order
  const index = chunk.order * MIGRATE_TYPES + type
  const list = zone.free.lists.get(index)
  if (list === undefined) zone.free.lists.set(index, new Set([base + chunk.start]))
  else list.add(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages += 1 << chunk.order
}

/** Takes a chunk from its list. Its pages are left as tails of no chunk, for the caller to mark. */
export function unlinkChunk(stretch: Stretch, chunk: Chunk): void {
  const { section, zone, base } = stretch
  const type = typeAt(stretch, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.freeTail
  section.pages.order[chunk.start] = 0
  zone.free.lists.get(chunk.order * MIGRATE_TYPES + type)?.delete(base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages -= 1 << chunk.order
}

/** Links the chunks of a range whose pages are marked `freeTail` and that meets no free neighbour. */
export function linkRange(stretch: Stretch, range: Range): void {
  forEachChunk(range, stretch.maxOrder, (chunk) => linkChunk(stretch, chunk))
}

import type { Range } from '../address/range'
import { MIGRATE_TYPE, MIGRATE_TYPES, PAGE_KIND } from '../model/page'
import type { FreeList, Zone } from '../model/zone'
import { type Chunk, forEachChunk } from './chunk'
import { stampPage } from './columns'
import type { ZoneSlice } from './zone-slice'

/** Migrate type of the pageblock that a place lies in. */
export const typeAt = (slice: ZoneSlice, pageIndex: number): number =>
  slice.section.pageblocks[pageIndex >>> slice.pageblockShift] ?? MIGRATE_TYPE.movable

/** Whether pageblocks of a type are kept apart: nothing in them is used for what others are, nor in one chunk with them. */
export const isApart = (type: number | undefined): boolean =>
  type === MIGRATE_TYPE.isolate || type === MIGRATE_TYPE.cma

/** The type of a place whose pageblock is kept apart; else 0. */
export function apartAt(slice: ZoneSlice, pageIndex: number): number {
  const type = typeAt(slice, pageIndex)
  return isApart(type) ? type : 0
}

/** Where in its list a free chunk goes: before all others, or behind them. */
export type ListEnd = 'first' | 'last'

/** The free list of an order and a migrate type, to look at; undefined where it was never needed. */
export const freeList = (
  zone: Zone,
  which: { readonly order: number; readonly type: number },
): FreeList | undefined => zone.free.lists.get(which.order * MIGRATE_TYPES + which.type)

/** No chunk, in a `FreeList`. */
const NONE = -1

/** A list without chunks. */
export const emptyFreeList = (): FreeList => ({
  first: NONE,
  last: NONE,
  next: new Map(),
  previous: new Map(),
  isShared: false,
})

/** How many chunks a list has. */
export const listSize = (list: FreeList | undefined): number => list?.next.size ?? 0

/** Whether a chunk is in a list. */
export const isListed = (list: FreeList | undefined, head: number): boolean =>
  list?.next.has(head) === true

/** Whether a chunk is in a list, between the neighbours that name it. */
export function isLinked(list: FreeList | undefined, head: number): boolean {
  const before = list?.previous.get(head)
  const behind = list?.next.get(head)
  if (list === undefined || before === undefined || behind === undefined) return false
  const { first, last, next, previous } = list
  return (
    (before === NONE ? first : next.get(before)) === head &&
    (behind === NONE ? last : previous.get(behind)) === head
  )
}

/** The chunk that is allocated next; undefined where a list is empty. */
export const firstListed = (list: FreeList | undefined): number | undefined =>
  list === undefined || list.first === NONE ? undefined : list.first

/** Puts a chunk into a list that it is not in. */
export function insertChunk(list: FreeList, head: number, end: ListEnd): void {
  const [before, behind] = end === 'first' ? [NONE, list.first] : [list.last, NONE]
  list.previous.set(head, before)
  list.next.set(head, behind)
  join(list, before, head)
  join(list, head, behind)
}

/** Takes a chunk out of a list. */
export function removeChunk(list: FreeList, head: number): void {
  const { next, previous } = list
  join(list, previous.get(head) ?? NONE, next.get(head) ?? NONE)
  next.delete(head)
  previous.delete(head)
}

/** Has one chunk of a list, or its start, followed by another, or its end. */
function join(list: FreeList, before: number, behind: number): void {
  if (before === NONE) list.first = behind
  else list.next.set(before, behind)
  if (behind === NONE) list.last = before
  else list.previous.set(behind, before)
}

const copyOf = ({ first, last, next, previous }: FreeList): FreeList => ({
  first,
  last,
  next: new Map(next),
  previous: new Map(previous),
  isShared: false,
})

/** The list of an order and a type, made where it is not there yet; a copy where snapshots hold it, too. */
function writableList({ free }: Zone, order: number, type: number): FreeList {
  const index = order * MIGRATE_TYPES + type
  const found = free.lists.get(index)
  if (found?.isShared === false) return found
  const own = found === undefined ? emptyFreeList() : copyOf(found)
  free.lists.set(index, own)
  return own
}

/** Marks a chunk free and puts it into the list of its first pageblock's type. */
export function linkChunk(slice: ZoneSlice, chunk: Chunk, end: ListEnd = 'first'): void {
  const { section, zone, base } = slice
  const type = typeAt(slice, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.free
  section.pages.order[chunk.start] = chunk.order
  stampPage(section.pages, chunk.start)
  insertChunk(writableList(zone, chunk.order, type), base + chunk.start, end)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages += 1 << chunk.order
}

/** Takes a chunk from its list. Its pages are left as tails of no chunk, for the caller to mark. */
export function unlinkChunk(slice: ZoneSlice, chunk: Chunk): void {
  const { section, zone, base } = slice
  const type = typeAt(slice, chunk.start)
  section.pages.kind[chunk.start] = PAGE_KIND.freeTail
  section.pages.order[chunk.start] = 0
  stampPage(section.pages, chunk.start)
  removeChunk(writableList(zone, chunk.order, type), base + chunk.start)
  if (type !== MIGRATE_TYPE.isolate) zone.free.freePages -= 1 << chunk.order
}

/** Links the chunks of a range whose pages are marked `freeTail` and that meets no free neighbour. */
export function linkRange(slice: ZoneSlice, range: Range, end: ListEnd = 'first'): void {
  forEachChunk(range, slice.maxOrder, (chunk) => linkChunk(slice, chunk, end))
}

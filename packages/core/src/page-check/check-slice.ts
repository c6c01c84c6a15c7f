import type { Range } from '../address/range'
import { InvariantViolation } from '../errors/invariant'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND, type PageColumns } from '../model/page'
import { ownerWord } from '../page-use/tracked-allocation'
import { ownedColumns, ownerAt } from '../section-pages/columns'
import { apartAt, freeList, isLinked, typeAt } from '../section-pages/free-list'
import type { ZoneSlice } from '../section-pages/zone-slice'
import { addOwnerPages, type PageTally, setHugeHead, tallyOf, type ZoneTally } from './page-tally'

/*
 * These loops run over every page of a written section. Tails are compared four at a time where they are aligned, and a
 * message is put together only for a page that is wrong.
 */

/** What all pages of a slice are checked with. */
interface SliceCheck extends Range {
  readonly machine: Machine
  readonly slice: ZoneSlice
  readonly columns: ComparedColumns
  readonly counted: PageTally
  /** Of the slice's zone. */
  readonly tally: ZoneTally
}

/** A column of bytes, and the same in words of four. */
export interface ComparedColumn {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

/** The columns of a section of which whole stretches are compared. */
export type ComparedColumns = Readonly<Record<'kind' | 'flags' | 'order', ComparedColumn>>

const comparedColumn = (bytes: Uint8Array): ComparedColumn => ({
  bytes,
  words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2),
})

/** Prepares the columns of a section for being compared. */
export const comparedColumns = ({ kind, flags, order }: PageColumns): ComparedColumns => ({
  kind: comparedColumn(kind),
  flags: comparedColumn(flags),
  order: comparedColumn(order),
})

/**
 * Checks the descriptors of some pages of a zone's part of a section, and enters them in the tally.
 * @param of from `start` to before `end` of the slice: whole stretches, from its end on the last one perhaps in part
 * @throws InvariantViolation
 */
export function checkZoneSlice(
  machine: Machine,
  counted: PageTally,
  of: { readonly slice: ZoneSlice; readonly columns: ComparedColumns } & Range,
): void {
  const { slice, columns, start, end } = of
  const { section, zone } = slice
  const { pageblockPages } = machine.geometry
  const tally = tallyOf(counted, zone.key)
  const firstBlock = Math.ceil(start / pageblockPages)
  const endBlock = Math.ceil(end / pageblockPages)
  for (let block = firstBlock; block < endBlock; block++) {
    if (section.pageblocks[block] === MIGRATE_TYPE.isolate) tally.isolatedPageblocks += 1
  }
  const check = { machine, slice, columns, start, end, counted, tally }
  const { kind } = section.pages
  for (let pageIndex = start; pageIndex < end; ) {
    const at = kind[pageIndex]
    if (at === PAGE_KIND.free) pageIndex = checkChunk(check, pageIndex)
    else if (at === PAGE_KIND.hugetlb || at === PAGE_KIND.hugetlbFree)
      pageIndex = checkHuge(check, pageIndex)
    else pageIndex = checkRun(check, pageIndex)
  }
}

/** @throws InvariantViolation that says what is wrong with a page */
function fail({ slice }: SliceCheck, pageIndex: number, text: string): never {
  throw new InvariantViolation(`Page ${slice.base + pageIndex} (${slice.zone.key}) ${text}.`)
}

/** First place of a range whose byte is another; its end where all are the value. */
export function firstOther(
  { bytes: column, words }: ComparedColumn,
  { start, end }: Range,
  value: number,
): number {
  let at = start
  while (at < end && (at & 3) !== 0) {
    if (column[at] !== value) return at
    at += 1
  }
  const word = Math.imul(value, 0x01010101) >>> 0
  const last = end >>> 2
  let index = at >>> 2
  while (index + 4 <= last && areWords(words, index, word)) index += 4
  while (index < last && words[index] === word) index += 1
  for (at = Math.max(at, index << 2); at < end; at++) if (column[at] !== value) return at
  return end
}

/** Whether four words from a place on are the same. */
const areWords = (words: Uint32Array, at: number, word: number): boolean =>
  words[at] === word && words[at + 1] === word && words[at + 2] === word && words[at + 3] === word

/** First place of a range whose word is not 0; its end where all are. */
function firstNotZero(column: Int32Array, { start, end }: Range): number {
  let at = start
  while (at + 4 <= end) {
    if (
      ((column[at] ?? 0) |
        (column[at + 1] ?? 0) |
        (column[at + 2] ?? 0) |
        (column[at + 3] ?? 0)) !==
      0
    )
      break
    at += 4
  }
  while (at < end && column[at] === 0) at += 1
  return at
}

/** Places are tails of one head. */
function checkTails(check: SliceCheck, tails: Range, value: number): void {
  const { kind, order } = check.columns
  if (tails.end > check.end) fail(check, tails.start, 'is in a chunk that leaves its zone')
  const stray = Math.min(firstOther(kind, tails, value), firstOther(order, tails, 0))
  if (stray < tails.end) fail(check, stray, 'is not a tail of the chunk it lies in')
}

/** @returns the place behind the chunk */
function checkChunk(check: SliceCheck, start: number): number {
  const { slice, tally } = check
  const { section, zone, base, maxOrder } = slice
  const { order: orders, owned } = section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  const type = typeAt(slice, start)
  if (order > maxOrder || start % (1 << order) !== 0)
    fail(check, start, 'begins a chunk of a wrong order')
  checkTails(check, { start: start + 1, end }, PAGE_KIND.freeTail)
  if (!isLinked(freeList(zone, { order, type }), base + start))
    fail(check, start, 'begins a chunk in no list')
  const chunk = { start, end }
  const marked = Math.min(
    firstOther(check.columns.flags, chunk, 0),
    owned === null ? end : firstNotZero(owned.owner, chunk),
  )
  if (marked < end) fail(check, marked, 'is free and marked')
  const apart = apartAt(slice, start)
  for (let pageIndex = start; pageIndex < end; pageIndex += 1 << slice.pageblockShift) {
    if (apartAt(slice, pageIndex) !== apart)
      fail(check, pageIndex, 'is in a chunk of which a part is kept apart')
  }
  if (hasFreeBuddy(check, start, order)) fail(check, start, 'begins a chunk with a free buddy')
  tally.chunks += 1
  if (type !== MIGRATE_TYPE.isolate) tally.freePages += 1 << order
  return end
}

function hasFreeBuddy(check: SliceCheck, start: number, order: number): boolean {
  const { slice } = check
  const { section, maxOrder, pageblockShift } = slice
  const buddy = start ^ (1 << order)
  if (order >= maxOrder || buddy < check.start || buddy + (1 << order) > check.end) return false
  if (section.pages.kind[buddy] !== PAGE_KIND.free) return false
  if (section.pages.order[buddy] !== order) return false
  return order < pageblockShift || apartAt(slice, buddy) === apartAt(slice, start)
}

/** @returns the place behind the huge page */
function checkHuge(check: SliceCheck, start: number): number {
  const { slice, counted } = check
  const { kind, order: orders } = slice.section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  if (start % (1 << order) !== 0) fail(check, start, 'begins a huge page and is not aligned')
  checkTails(check, { start: start + 1, end }, PAGE_KIND.hugetlbTail)
  setHugeHead(counted, slice.base + start, `${kindName(kind[start] ?? 0)} ${order}`)
  return end
}

/** Checks pages of one kind and owner from a place on. @returns the place behind them */
function checkRun(check: SliceCheck, start: number): number {
  const { pages } = check.slice.section
  const { kind, flags, order } = pages
  const is = kind[start] ?? 0
  const id = ownerAt(pages, start)
  if (is === PAGE_KIND.freeTail || is === PAGE_KIND.hugetlbTail)
    fail(check, start, 'is a tail without a head')
  let end = start
  for (; end < check.end && kind[end] === is && ownerAt(pages, end) === id; end++) {
    if (order[end] !== 0) fail(check, end, 'is a tail without a head')
    const poisoned = ((flags[end] ?? 0) & PAGE_FLAG.hwpoison) !== 0
    if (is === PAGE_KIND.offline && !poisoned) fail(check, end, 'is offline in an online section')
    if (is === PAGE_KIND.perCpu && poisoned) fail(check, end, 'is in a per-CPU list, and poisoned')
  }
  if (is === PAGE_KIND.perCpu) checkPerCpu(check, { start, end }, id)
  else if (id !== 0) checkOwned(check, { start, end }, { id, kind: is })
  return end
}

function checkPerCpu(check: SliceCheck, run: Range, id: number): void {
  const { zone, base } = check.slice
  if (id !== 0) fail(check, run.start, 'is in a per-CPU list, and marked')
  for (let pageIndex = run.start; pageIndex < run.end; pageIndex++) {
    if (!zone.perCpu.includes(base + pageIndex)) fail(check, pageIndex, 'is in no per-CPU list')
  }
  check.tally.perCpu += run.end - run.start
}

/** Pages are where their owner has them, and hold what it wrote. */
function checkOwned(
  check: SliceCheck,
  run: Range,
  of: { readonly id: number; readonly kind: number },
): void {
  const { machine, counted, slice } = check
  const { index, data } = ownedColumns(slice.section.pages)
  if (of.kind !== PAGE_KIND.lru && of.kind !== PAGE_KIND.slab)
    fail(check, run.start, 'has an owner and no use')
  const owned = machine.state.memory.allocations.get(of.id)
  const { kind, pages, seed } = owned ?? fail(check, run.start, 'belongs to no known allocation')
  if (kind === 'background') return
  for (let pageIndex = run.start; pageIndex < run.end; pageIndex++) {
    const place = index[pageIndex] ?? 0
    if (pages[place] !== slice.base + pageIndex)
      fail(check, pageIndex, 'is not where its owner has it')
    if (data[pageIndex] !== ownerWord(seed, place))
      fail(check, pageIndex, 'does not hold what its owner wrote')
  }
  addOwnerPages(counted, of.id, run.end - run.start)
}

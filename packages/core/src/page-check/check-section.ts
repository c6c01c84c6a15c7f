import type { Range } from '../address/range'
import { InvariantViolation, invariant } from '../errors/invariant'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { Section } from '../model/section'
import { planCapturedUse, plannedFreePages } from '../section-pages/captured-use-plan'
import type { Chunk } from '../section-pages/chunk'
import { type MaterialisedSection, sectionBase } from '../section-pages/columns'
import { freeList, typeAt } from '../section-pages/free-list'
import { type ZoneSlice, zoneExtents, zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'
import type { PageTally } from './page-tally'

/** Checks a section without descriptors, and enters it in the tally. @throws InvariantViolation */
export function checkSummary(
  machine: Machine,
  counted: PageTally,
  section: Readonly<Section>,
): void {
  const { summary, nr } = section
  invariant(section.pages === null && section.pageblocks === null, `Section ${nr} is half open.`)
  invariant(section.online === (summary !== 'offline'), `Section ${nr} is offline or it is not.`)
  invariant(
    (section.capturedUse !== null) === (summary === 'captured'),
    `Section ${nr} has a stray seed.`,
  )
  const base = sectionBase(machine, section)
  if (summary === 'captured') countCapturedUse(machine, counted, section)
  if (summary !== 'free' && summary !== 'isolated') return
  invariant(section.poisonedPages.length === 0, `Section ${nr} forgot its poisoned pages.`)
  for (const part of zoneExtents(machine, section)) {
    const start = Math.max(part.start, section.selfHostedPages)
    if (start >= part.end) continue
    const pageblocks = (part.end - start) / machine.geometry.pageblockPages
    if (summary === 'isolated') counted.zone(part.zone).isolatedPageblocks += pageblocks
    else counted.whollyFree.push({ start: base + start, end: base + part.end })
  }
}

function countCapturedUse(machine: Machine, counted: PageTally, section: Readonly<Section>): void {
  const order = Math.log2(machine.geometry.pageblockPages)
  const base = sectionBase(machine, section)
  const plan = planCapturedUse(machine, section)
  for (const [key, pages] of plannedFreePages(plan)) {
    const listed = zoneOf(machine, key).free.captured.has(section.nr)
    invariant(listed, `${key} does not know the captured section ${section.nr}.`)
    counted.zone(key).captured += 1
    counted.zone(key).capturedFreePages += pages
  }
  for (const { start, end, kind } of plan) {
    if (kind !== PAGE_KIND.hugetlb && kind !== PAGE_KIND.hugetlbFree) continue
    for (let head = start; head < end; head += 1 << order) {
      counted.hugeHeads.set(base + head, `${kindName(kind)} ${order}`)
    }
  }
}

/** Checks the descriptors of a section one by one, and enters them in the tally. @throws InvariantViolation */
export function checkDescriptors(
  machine: Machine,
  counted: PageTally,
  section: MaterialisedSection,
): void {
  const { nr, pages } = section
  invariant(section.online, `Section ${nr} has descriptors and is offline.`)
  invariant(section.capturedUse === null, `Section ${nr} is materialised and captured.`)
  invariant(section.poisonedPages.length === 0, `Section ${nr} remembers what its flags say.`)
  const memmap = pages.kind.subarray(0, section.selfHostedPages)
  const hosted = memmap.every((kind) => kind === PAGE_KIND.selfHostedMemmap)
  invariant(hosted, `Section ${nr} lost part of its memmap.`)
  let at = 0
  for (const part of zoneExtents(machine, section)) {
    checkHole(section, { start: at, end: part.start })
    const slice = zoneSliceAt(machine, section, part.start)
    checkZoneSlice(machine, counted, slice)
    at = part.end
  }
  checkHole(section, { start: at, end: machine.geometry.pagesPerSection })
}

function checkHole(section: MaterialisedSection, range: Range): void {
  const hole = section.pages.kind.subarray(range.start, range.end)
  const empty = hole.every((kind) => kind === PAGE_KIND.reserved)
  invariant(empty, `Section ${section.nr}: the hole at ${range.start} is in use.`)
}

function checkZoneSlice(machine: Machine, counted: PageTally, slice: ZoneSlice): void {
  const { section, zone } = slice
  const { pageblockPages } = machine.geometry
  const tally = counted.zone(zone.key)
  const firstBlock = Math.ceil(slice.start / pageblockPages)
  const endBlock = Math.ceil(slice.end / pageblockPages)
  for (const type of section.pageblocks.subarray(firstBlock, endBlock)) {
    if (type === MIGRATE_TYPE.isolate) tally.isolatedPageblocks += 1
  }
  for (let pageIndex = slice.start; pageIndex < slice.end; ) {
    const kind = section.pages.kind[pageIndex]
    if (kind === PAGE_KIND.free) pageIndex = checkChunk(counted, slice, pageIndex)
    else if (kind === PAGE_KIND.hugetlb || kind === PAGE_KIND.hugetlbFree) {
      pageIndex = checkHuge(counted, slice, pageIndex)
    } else {
      checkPage(machine, counted, slice, pageIndex)
      pageIndex += 1
    }
  }
}

/** Throws for a page. The message is put together only then: this runs for every page. */
function must(
  holds: boolean,
  at: { readonly slice: ZoneSlice; pageIndex: number },
  text: string,
): void {
  if (holds) return
  const { slice, pageIndex } = at
  throw new InvariantViolation(`Page ${slice.base + pageIndex} (${slice.zone.key}) ${text}.`)
}

/** Checks that places are tails of one head. */
function checkTails(slice: ZoneSlice, tails: Range & { readonly kind: number }): void {
  const { kind, order } = slice.section.pages
  const at = { slice, pageIndex: tails.start }
  must(tails.end <= slice.end, at, 'is in a chunk that leaves its zone')
  for (let pageIndex = tails.start; pageIndex < tails.end; pageIndex++) {
    at.pageIndex = pageIndex
    must(
      kind[pageIndex] === tails.kind && order[pageIndex] === 0,
      at,
      'is not a tail of the chunk it lies in',
    )
  }
}

const isIsolated = (slice: ZoneSlice, pageIndex: number): boolean =>
  typeAt(slice, pageIndex) === MIGRATE_TYPE.isolate

/** @returns the place behind the chunk */
function checkChunk(counted: PageTally, slice: ZoneSlice, start: number): number {
  const { section, zone, base, maxOrder } = slice
  const { flags, order: orders, owner } = section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  const type = typeAt(slice, start)
  const isolated = type === MIGRATE_TYPE.isolate
  const at = { slice, pageIndex: start }
  must(order <= maxOrder && start % (1 << order) === 0, at, 'begins a chunk of a wrong order')
  checkTails(slice, { start: start + 1, end, kind: PAGE_KIND.freeTail })
  must(freeList(zone, { order, type }).has(base + start), at, 'begins a chunk in no list')
  for (let pageIndex = start; pageIndex < end; pageIndex++) {
    at.pageIndex = pageIndex
    must(flags[pageIndex] === 0 && owner[pageIndex] === 0, at, 'is free and marked')
    must(isIsolated(slice, pageIndex) === isolated, at, 'is in a chunk that is isolated in part')
  }
  at.pageIndex = start
  must(!hasFreeBuddy(slice, { start, order }), at, 'begins a chunk with a free buddy')
  const tally = counted.zone(zone.key)
  tally.chunks += 1
  if (!isolated) tally.freePages += 1 << order
  return end
}

function hasFreeBuddy(slice: ZoneSlice, chunk: Chunk): boolean {
  const { section, maxOrder, pageblockShift } = slice
  const { start, order } = chunk
  const buddy = start ^ (1 << order)
  if (order >= maxOrder || buddy < slice.start || buddy + (1 << order) > slice.end) return false
  if (section.pages.kind[buddy] !== PAGE_KIND.free) return false
  if (section.pages.order[buddy] !== order) return false
  return order < pageblockShift || isIsolated(slice, buddy) === isIsolated(slice, start)
}

/** @returns the place behind the huge page */
function checkHuge(counted: PageTally, slice: ZoneSlice, start: number): number {
  const { kind, order: orders } = slice.section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  must(
    start % (1 << order) === 0,
    { slice, pageIndex: start },
    'begins a huge page and is not aligned',
  )
  checkTails(slice, { start: start + 1, end, kind: PAGE_KIND.hugetlbTail })
  counted.hugeHeads.set(slice.base + start, `${kindName(kind[start] ?? 0)} ${order}`)
  return end
}

function checkPage(
  machine: Machine,
  counted: PageTally,
  slice: ZoneSlice,
  pageIndex: number,
): void {
  const { kind, flags, order, owner, index } = slice.section.pages
  const is = kind[pageIndex] ?? 0
  const at = { slice, pageIndex }
  const isTail = is === PAGE_KIND.freeTail || is === PAGE_KIND.hugetlbTail
  must(!isTail && order[pageIndex] === 0, at, 'is a tail without a head')
  const poisoned = ((flags[pageIndex] ?? 0) & PAGE_FLAG.hwpoison) !== 0
  must(is !== PAGE_KIND.offline || poisoned, at, 'is offline in an online section')
  const id = owner[pageIndex] ?? 0
  if (is === PAGE_KIND.perCpu) {
    const listed = slice.zone.perCpu.includes(slice.base + pageIndex)
    must(listed && id === 0 && !poisoned, at, 'is in no per-CPU list, or marked')
    counted.zone(slice.zone.key).perCpu += 1
  }
  if (id === 0) return
  must(is === PAGE_KIND.lru || is === PAGE_KIND.slab, at, 'has an owner and no use')
  const owned = machine.state.memory.allocations.get(id)
  must(owned !== undefined, at, 'belongs to no known allocation')
  if (owned === undefined || owned.kind === 'background') return
  must(
    owned.pages[index[pageIndex] ?? 0] === slice.base + pageIndex,
    at,
    'is not where its owner has it',
  )
  counted.ownerPages.set(id, (counted.ownerPages.get(id) ?? 0) + 1)
}

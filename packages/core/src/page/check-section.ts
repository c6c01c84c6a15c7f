import type { Range } from '../address/range'
import { InvariantViolation, invariant } from '../errors/invariant'
import type { Machine } from '../machine/machine'
import type { Section } from '../section/section'
import { zoneOf } from '../zone/zone-table'
import type { Census } from './census'
import type { Chunk } from './chunk'
import { type OpenSection, sectionBase } from './columns'
import { freeList, typeAt } from './free-list'
import { kindName } from './obstacle'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from './page'
import { plannedFreePages, planSeed } from './seed-plan'
import { type Stretch, stretchAt, zoneParts } from './stretch'

/** Checks a section without descriptors, and enters it in the census. @throws InvariantViolation */
export function checkUniformSection(
  machine: Machine,
  census: Census,
  section: Readonly<Section>,
): void {
  const { uniform, nr } = section
  invariant(section.pages === null && section.pageblocks === null, `Section ${nr} is half open.`)
  invariant(section.online === (uniform !== 'offline'), `Section ${nr} is offline or it is not.`)
  invariant((section.seed !== null) === (uniform === 'seeded'), `Section ${nr} has a stray seed.`)
  const base = sectionBase(machine, section)
  if (uniform === 'seeded') countSeed(machine, census, section)
  if (uniform !== 'free' && uniform !== 'isolated') return
  invariant(section.poisonedPages.length === 0, `Section ${nr} forgot its poisoned pages.`)
  for (const part of zoneParts(machine, section)) {
    const start = Math.max(part.start, section.selfHostedPages)
    if (start >= part.end) continue
    const pageblocks = (part.end - start) / machine.geometry.pageblockPages
    if (uniform === 'isolated') census.zone(part.zone).isolatedPageblocks += pageblocks
    else census.uniformlyFree.push({ start: base + start, end: base + part.end })
  }
}

function countSeed(machine: Machine, census: Census, section: Readonly<Section>): void {
  const order = Math.log2(machine.geometry.pageblockPages)
  const base = sectionBase(machine, section)
  const plan = planSeed(machine, section)
  for (const [key, pages] of plannedFreePages(plan)) {
    const listed = zoneOf(machine, key).free.seeded.has(section.nr)
    invariant(listed, `${key} does not know the seeded section ${section.nr}.`)
    census.zone(key).seeded += 1
    census.zone(key).seededFreePages += pages
  }
  for (const { start, end, kind } of plan) {
    if (kind !== PAGE_KIND.hugetlb && kind !== PAGE_KIND.hugetlbFree) continue
    for (let head = start; head < end; head += 1 << order) {
      census.hugeHeads.set(base + head, `${kindName(kind)} ${order}`)
    }
  }
}

/** Checks the descriptors of a section one by one, and enters them in the census. @throws InvariantViolation */
export function checkOpenSection(machine: Machine, census: Census, section: OpenSection): void {
  const { nr, pages } = section
  invariant(section.online, `Section ${nr} has descriptors and is offline.`)
  invariant(section.seed === null, `Section ${nr} is laid out and seeded.`)
  invariant(section.poisonedPages.length === 0, `Section ${nr} remembers what its flags say.`)
  const memmap = pages.kind.subarray(0, section.selfHostedPages)
  const hosted = memmap.every((kind) => kind === PAGE_KIND.selfHostedMemmap)
  invariant(hosted, `Section ${nr} lost part of its memmap.`)
  let at = 0
  for (const part of zoneParts(machine, section)) {
    checkHole(section, { start: at, end: part.start })
    const stretch = stretchAt(machine, section, part.start)
    checkStretch(machine, census, stretch)
    at = part.end
  }
  checkHole(section, { start: at, end: machine.geometry.pagesPerSection })
}

function checkHole(section: OpenSection, range: Range): void {
  const hole = section.pages.kind.subarray(range.start, range.end)
  const empty = hole.every((kind) => kind === PAGE_KIND.reserved)
  invariant(empty, `Section ${section.nr}: the hole at ${range.start} is in use.`)
}

function checkStretch(machine: Machine, census: Census, stretch: Stretch): void {
  const { section, zone } = stretch
  const { pageblockPages } = machine.geometry
  const tally = census.zone(zone.key)
  const firstBlock = Math.ceil(stretch.start / pageblockPages)
  const endBlock = Math.ceil(stretch.end / pageblockPages)
  for (const type of section.pageblocks.subarray(firstBlock, endBlock)) {
    if (type === MIGRATE_TYPE.isolate) tally.isolatedPageblocks += 1
  }
  for (let place = stretch.start; place < stretch.end; ) {
    const kind = section.pages.kind[place]
    if (kind === PAGE_KIND.free) place = checkChunk(census, stretch, place)
    else if (kind === PAGE_KIND.hugetlb || kind === PAGE_KIND.hugetlbFree) {
      place = checkHuge(census, stretch, place)
    } else {
      checkPage(machine, census, stretch, place)
      place += 1
    }
  }
}

/** Throws for a page. The message is put together only then: this runs for every page. */
function must(
  holds: boolean,
  at: { readonly stretch: Stretch; place: number },
  text: string,
): void {
  if (holds) return
  const { stretch, place } = at
  throw new InvariantViolation(`Page ${stretch.base + place} (${stretch.zone.key}) ${text}.`)
}

/** Checks that places are tails of one head. */
function checkTails(stretch: Stretch, tails: Range & { readonly kind: number }): void {
  const { kind, order } = stretch.section.pages
  const at = { stretch, place: tails.start }
  must(tails.end <= stretch.end, at, 'is in a chunk that leaves its zone')
  for (let place = tails.start; place < tails.end; place++) {
    at.place = place
    must(kind[place] === tails.kind && order[place] === 0, at, 'is no tail of the chunk it lies in')
  }
}

const isIsolated = (stretch: Stretch, place: number): boolean =>
  typeAt(stretch, place) === MIGRATE_TYPE.isolate

/** @returns the place behind the chunk */
function checkChunk(census: Census, stretch: Stretch, start: number): number {
  const { section, zone, base, maxOrder } = stretch
  const { flags, order: orders, owner } = section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  const type = typeAt(stretch, start)
  const isolated = type === MIGRATE_TYPE.isolate
  const at = { stretch, place: start }
  must(order <= maxOrder && start % (1 << order) === 0, at, 'begins a chunk of a wrong order')
  checkTails(stretch, { start: start + 1, end, kind: PAGE_KIND.freeTail })
  must(freeList(zone, { order, type }).has(base + start), at, 'begins a chunk in no list')
  for (let place = start; place < end; place++) {
    at.place = place
    must(flags[place] === 0 && owner[place] === 0, at, 'is free and marked')
    must(isIsolated(stretch, place) === isolated, at, 'is in a chunk that is isolated in part')
  }
  at.place = start
  must(!hasFreeBuddy(stretch, { start, order }), at, 'begins a chunk with a free buddy')
  const tally = census.zone(zone.key)
  tally.chunks += 1
  if (!isolated) tally.freePages += 1 << order
  return end
}

function hasFreeBuddy(stretch: Stretch, chunk: Chunk): boolean {
  const { section, maxOrder, pageblockShift } = stretch
  const { start, order } = chunk
  const buddy = start ^ (1 << order)
  if (order >= maxOrder || buddy < stretch.start || buddy + (1 << order) > stretch.end) return false
  if (section.pages.kind[buddy] !== PAGE_KIND.free) return false
  if (section.pages.order[buddy] !== order) return false
  return order < pageblockShift || isIsolated(stretch, buddy) === isIsolated(stretch, start)
}

/** @returns the place behind the huge page */
function checkHuge(census: Census, stretch: Stretch, start: number): number {
  const { kind, order: orders } = stretch.section.pages
  const order = orders[start] ?? 0
  const end = start + (1 << order)
  must(
    start % (1 << order) === 0,
    { stretch, place: start },
    'begins a huge page and is not aligned',
  )
  checkTails(stretch, { start: start + 1, end, kind: PAGE_KIND.hugetlbTail })
  census.hugeHeads.set(stretch.base + start, `${kindName(kind[start] ?? 0)} ${order}`)
  return end
}

function checkPage(machine: Machine, census: Census, stretch: Stretch, place: number): void {
  const { kind, flags, order, owner, index } = stretch.section.pages
  const is = kind[place] ?? 0
  const at = { stretch, place }
  const isTail = is === PAGE_KIND.freeTail || is === PAGE_KIND.hugetlbTail
  must(!isTail && order[place] === 0, at, 'is a tail without a head')
  const poisoned = ((flags[place] ?? 0) & PAGE_FLAG.hwpoison) !== 0
  must(is !== PAGE_KIND.offline || poisoned, at, 'is offline in an online section')
  const id = owner[place] ?? 0
  if (is === PAGE_KIND.perCpu) {
    const listed = stretch.zone.perCpu.includes(stretch.base + place)
    must(listed && id === 0 && !poisoned, at, 'is in no per-CPU list, or marked')
    census.zone(stretch.zone.key).perCpu += 1
  }
  if (id === 0) return
  must(is === PAGE_KIND.lru || is === PAGE_KIND.slab, at, 'has an owner and no use')
  const owned = machine.state.memory.owners.get(id)
  must(owned !== undefined, at, 'belongs to nobody known')
  if (owned === undefined || owned.kind === 'background') return
  must(owned.pages[index[place] ?? 0] === stretch.base + place, at, 'is not where its owner has it')
  census.ownerPages.set(id, (census.ownerPages.get(id) ?? 0) + 1)
}

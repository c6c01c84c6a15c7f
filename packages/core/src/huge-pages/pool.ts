import { formatHex } from '@memhp/kernel-files'
import { type NodeId, type Pfn, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { takeChunk } from '../allocator/allocate'
import { freeRange } from '../allocator/buddy'
import { nodesByDistance, zonelist } from '../allocator/zonelist'
import { checkCount } from '../errors/check-count'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { subsystemOf } from '../machine/subsystem'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { HugePool } from '../model/state'
import type { Zone } from '../model/zone'
import { sectionOfPfn, zoneOfPfn } from '../section/section-table'
import { ownedColumns, stampPage, stampPages } from '../section-pages/columns'
import {
  findHugePool,
  type HugePage,
  hugePagesIn,
  hugePageWith,
  hugePoolOf,
  isGigantic,
  pieceOrder,
  piecesOf,
  unpromisedHugePages,
} from '../section-pages/huge-pool'
import { materialise } from '../section-pages/materialise'
import { zoneOf } from '../zone/zone-table'
import { giganticMobility, takeGigantic } from './gigantic'

/** Huge pages of one node: a number of them, of 2^order pages each. @public */
export interface HugePages {
  readonly nodeId: NodeId
  readonly order: number
  readonly count: number
}

/** @param got how many there are, or have room */
function noMemory(wanted: HugePages, got: number): HotplugError {
  const text = `Node ${wanted.nodeId} has at most ${got} of ${wanted.count} huge pages of order ${wanted.order}.`
  return new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail: { ...wanted, got } })
}

/** A page's section, materialised, and the index of the page there. */
function placeOf(
  machine: Machine,
  page: number,
): { section: MaterialisedSection; pageIndex: number } {
  const section = materialise(machine, sectionOfPfn(machine, page))
  return { section, pageIndex: page % machine.geometry.pagesPerSection }
}

function setKind(
  machine: Machine,
  set: { readonly head: number; readonly order: number; readonly kind: 'hugetlb' | 'hugetlbFree' },
): void {
  for (const piece of piecesOf(machine, set)) {
    const { section, pageIndex } = placeOf(machine, piece)
    section.pages.kind[pageIndex] = PAGE_KIND[set.kind]
    stampPage(section.pages, pageIndex)
  }
}

/** Free pages of zones, those in per-CPU lists included. */
const freePagesOf = (zones: readonly Zone[]): number =>
  zones.reduce((sum, { free, perCpu }) => sum + free.freePages + perCpu.length, 0)

/**
 * Adds free huge pages to the pool of a node, all of them or none.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM) where the node has no room for them, BAD_ARGUMENT for a wrong count,
 *   UNKNOWN_PLUGIN (EOPNOTSUPP) where the machine was made without `HUGE_PAGES`
 * @public
 */
export function reserveHugePages(machine: Machine, wanted: HugePages): HugePool {
  checkCount('count', wanted.count)
  subsystemOf(machine, 'hugePages', 'huge pages')
  const { nodeId, order, count } = wanted
  const zones = zonelist(machine, { nodeId, mobility: 'movable', nodes: [nodeId] })
  const room = Math.floor(freePagesOf(zones) / 2 ** order)
  if (room < count && !isGigantic(machine, order)) throw noMemory(wanted, room)
  const heads: number[] = []
  while (heads.length < count) {
    const head = takeHugePage(machine, wanted)
    if (head === null) {
      for (const taken of heads) freeHugePage(machine, { page: taken, order })
      throw noMemory(wanted, heads.length)
    }
    heads.push(head)
  }
  const pool = hugePoolOf(machine, { nodeId, order })
  for (const head of heads) pool.free.add(head)
  return pool
}

/**
 * Gives free huge pages of a node's pool back to the allocator, all of them or none.
 * @throws HotplugError OUT_OF_MEMORY, BAD_ARGUMENT for a wrong count
 * @public
 */
export function shrinkHugePool(machine: Machine, wanted: HugePages): void {
  checkCount('count', wanted.count)
  const pool = findHugePool(machine, wanted)
  const spare = Math.min(pool?.free.size ?? 0, unpromisedHugePages(machine, wanted.order))
  if (pool === undefined || spare < wanted.count) throw noMemory(wanted, spare)
  for (let i = 0; i < wanted.count; i++) {
    const [page = 0] = pool.free
    dissolveHugePage(machine, pool, page)
  }
}

/**
 * Puts free huge pages of a node's pool to use, all of them or none.
 * @returns their first pages
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM) where the pool has fewer, BAD_ARGUMENT for a wrong count
 * @public
 */
export function useHugePages(machine: Machine, wanted: HugePages): readonly Pfn[] {
  checkCount('count', wanted.count)
  const pool = findHugePool(machine, wanted)
  if (pool === undefined || pool.free.size < wanted.count) {
    throw noMemory(wanted, pool?.free.size ?? 0)
  }
  const heads = [...pool.free].slice(0, wanted.count)
  for (const page of heads) {
    pool.free.delete(page)
    pool.used.add(page)
    setKind(machine, { head: page, order: pool.order, kind: 'hugetlb' })
  }
  return heads.map(pfn)
}

/**
 * Gives huge pages in use back to their node's pool, all of them or none.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM) where fewer are in use, BAD_ARGUMENT for a wrong count
 * @public
 */
export function releaseHugePages(machine: Machine, wanted: HugePages): void {
  checkCount('count', wanted.count)
  const pool = findHugePool(machine, wanted)
  if (pool === undefined || pool.used.size < wanted.count) {
    throw noMemory(wanted, pool?.used.size ?? 0)
  }
  for (const page of [...pool.used].slice(0, wanted.count)) {
    release(machine, pool, page)
  }
}

/** A page that is used no more is kept, or, where the pool has more than was asked for, given back to the allocator. */
function release(machine: Machine, pool: HugePool, head: number): void {
  const { order } = pool
  pool.used.delete(head)
  if (pool.surplus > 0) {
    pool.surplus -= 1
    freeHugePage(machine, { page: head, order })
    return
  }
  pool.free.add(head)
  setKind(machine, { head, order, kind: 'hugetlbFree' })
}

/**
 * Sizes a node's pool, as `nr_hugepages` of the node does: it grows as far as there is room, and shrinks as far as pages are free
 * and not promised. Pages in use beyond that are surplus.
 * @param wanted `count`: pages in the pool, free and in use together
 * @throws HotplugError BAD_ARGUMENT for a wrong count
 * Source: set_max_huge_pages, mm/hugetlb.c 6.1.
 */
export function sizeHugePool(machine: Machine, wanted: HugePages): void {
  checkCount('count', wanted.count)
  const pool = hugePoolOf(machine, wanted)
  const kept = (): number => pool.free.size + pool.used.size - pool.surplus
  pool.surplus -= Math.min(pool.surplus, Math.max(0, wanted.count - kept()))
  while (kept() < wanted.count && growHugePool(machine, wanted));
  while (kept() > wanted.count && unpromisedHugePages(machine, wanted.order) > 0) {
    const [page] = pool.free
    if (page === undefined) break
    dissolveHugePage(machine, pool, page)
  }
  pool.surplus += Math.min(pool.used.size - pool.surplus, Math.max(0, kept() - wanted.count))
}

/** Adds a free huge page to the pool of a node. @returns false where there is no room */
function growHugePool(machine: Machine, which: HugePages): boolean {
  const { nodeId, order } = which
  const head = takeHugePage(machine, which)
  if (head !== null) hugePoolOf(machine, { nodeId, order }).free.add(head)
  return head !== null
}

/** Takes a free huge page from the allocator of a node. */
function takeHugePage(machine: Machine, { nodeId, order }: HugePages): Pfn | null {
  const mobility = giganticMobility(machine, order)
  const zones = zonelist(machine, { nodeId, mobility, nodes: [nodeId] })
  return isGigantic(machine, order)
    ? takeGigantic(machine, { zones, order })
    : takeChunk(machine, { zones, order, mobility, kind: 'hugetlbFree' })
}

function freeHugePage(
  machine: Machine,
  freed: { readonly page: number; readonly order: number },
): void {
  const size = 1 << pieceOrder(machine, freed.order)
  for (const piece of piecesOf(machine, { head: freed.page, order: freed.order })) {
    const { section, pageIndex } = placeOf(machine, piece)
    freeRange(machine, { section, range: { start: pageIndex, end: pageIndex + size } })
  }
}

/** Turns a huge page into free pages, whatever is in it; poisoned ones among them are retired. */
export function dissolveHugePage(machine: Machine, pool: HugePool, page: number): void {
  pool.free.delete(page)
  pool.used.delete(page)
  freeHugePage(machine, { page, order: pool.order })
}

/**
 * Dissolves the free huge pages of a range, ascending; one that reaches beyond it goes as a whole.
 * @throws HotplugError DISSOLVE_FAILED (EBUSY) at the first one that is promised to a mapping: the machine would
 *   keep fewer free huge pages of its size than are promised. Those before it stay dissolved, as in the kernel.
 * Source: dissolve_free_huge_pages, mm/hugetlb.c 6.1; spec 4.2 step 9e.
 */
export function dissolveFreeHugePages(machine: Machine, range: PfnRange): void {
  const free = [...hugePagesIn(machine.state.memory.hugePools, range)]
    .filter(({ isUsed }) => !isUsed)
    .sort((a, b) => a.head - b.head)
  for (const { head, pool } of free) dissolveUnpromised(machine, pool, head)
}

function dissolveUnpromised(machine: Machine, pool: HugePool, page: number): void {
  if (unpromisedHugePages(machine, pool.order) < 1) {
    throw new HotplugError(
      'DISSOLVE_FAILED',
      'EBUSY',
      `The free huge page at ${formatHex(page)} is reserved.`,
      { detail: { pfn: page, order: pool.order, nodeId: pool.nodeId } },
    )
  }
  dissolveHugePage(machine, pool, page)
}

/** A huge page in use, and where it may move to. */
interface HugeMove {
  readonly order: number
  /** The node that it is on. */
  readonly nodeId: NodeId
  readonly nodes: readonly NodeId[]
}

/**
 * Moves the huge page in use that a page is part of: into a free huge page of the pools of `nodes`, else, unless it is gigantic,
 * into fresh memory there. The old one goes back to its node's pool in the first case and to the allocator in the second.
 * @returns false where neither is to be had
 * Source: alloc_huge_page_nodemask and move_hugetlb_state, mm/hugetlb.c 6.1.
 */
export function moveHugePage(
  machine: Machine,
  { page, nodes }: { readonly page: Pfn; readonly nodes: readonly NodeId[] },
): boolean {
  const { pool, head } = huge(machine, page)
  const { order, nodeId } = pool
  const pooled = takePooled(machine, { order, nodeId, nodes })
  const target = pooled ?? takeFresh(machine, { order, nodeId, nodes })
  if (target === null) return false
  copyHugePage(machine, { from: head, to: target, order })
  if (pooled === null) {
    pool.used.delete(head)
    freeHugePage(machine, { page: head, order })
  } else {
    release(machine, pool, head)
  }
  if (machine.observers.hear('pages-moved')) {
    machine.observers.tell({
      kind: 'pages-moved',
      from: pfn(head),
      to: target,
      pageCount: 1 << order,
    })
  }
  return true
}

/** The huge page that a page is part of. @throws InvariantViolation where it is part of none */
function huge(machine: Machine, page: Pfn): HugePage {
  const found = hugePageWith(machine, page)
  invariant(found !== undefined, `No pool knows the huge page at ${page}.`)
  return found
}

/** The pages of the huge page that a page is part of. @throws InvariantViolation where it is part of none */
export function hugeExtent(machine: Machine, page: Pfn): PfnRange {
  const { head, pool } = huge(machine, page)
  return { start: pfn(head), end: pfn(head + 2 ** pool.order) }
}

/** Whether the huge page that a page is part of is in use. @throws InvariantViolation where it is part of none */
export const isHugePageUsed = (machine: Machine, page: Pfn): boolean => huge(machine, page).isUsed

/** Takes a free huge page, not promised, from the nearest of the nodes that has one. */
function takePooled(machine: Machine, { order, nodeId: from, nodes }: HugeMove): Pfn | null {
  if (unpromisedHugePages(machine, order) < 1) return null
  for (const nodeId of nodesByDistance(machine, { nodeId: from, nodes })) {
    const pool = findHugePool(machine, { nodeId, order })
    if (pool === undefined) continue
    const page = [...pool.free].find((head) => !isIsolated(machine, head))
    if (page === undefined) continue
    pool.free.delete(page)
    pool.used.add(page)
    setKind(machine, { head: page, order, kind: 'hugetlb' })
    return pfn(page)
  }
  return null
}

/** Huge pages on isolated pageblocks are not handed out, or one would move within the range that has to go. */
function isIsolated(machine: Machine, page: number): boolean {
  const { section, pageIndex } = placeOf(machine, page)
  const block = Math.floor(pageIndex / machine.geometry.pageblockPages)
  return section.pageblocks[block] === MIGRATE_TYPE.isolate
}

/** A gigantic page is made by whoever sizes the pool, and never for one that moves. */
function takeFresh(machine: Machine, { order, nodeId, nodes }: HugeMove): Pfn | null {
  if (isGigantic(machine, order)) return null
  const zones = zonelist(machine, { nodeId, mobility: 'movable', nodes })
  const page = takeChunk(machine, { zones, order, mobility: 'movable', kind: 'hugetlb' })
  if (page === null) return null
  const key = zoneOfPfn(machine, page)
  invariant(key !== null, `Page ${page} is in a zone.`)
  hugePoolOf(machine, { nodeId: zoneOf(machine, key).nodeId, order }).used.add(page)
  return page
}

function copyHugePage(
  machine: Machine,
  copy: { readonly from: number; readonly to: Pfn; readonly order: number },
): void {
  const size = 1 << pieceOrder(machine, copy.order)
  for (const piece of piecesOf(machine, { head: copy.from, order: copy.order })) {
    const { section, pageIndex } = placeOf(machine, piece)
    const { owned } = section.pages
    if (owned === null) continue
    const target = placeOf(machine, copy.to + piece - copy.from)
    const { pages } = target.section
    const data = owned.data.subarray(pageIndex, pageIndex + size)
    ownedColumns(pages).data.set(data, target.pageIndex)
    stampPages(pages, { start: target.pageIndex, end: target.pageIndex + size })
  }
}

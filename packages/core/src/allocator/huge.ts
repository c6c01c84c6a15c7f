import { formatHex } from '@memhp/kernel-files'
import { type NodeId, type Pfn, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { checkCount } from '../errors/check-count'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { subsystemOf } from '../machine/subsystem'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { HugePool } from '../model/state'
import type { Zone } from '../model/zone'
import { sectionOfPfn, zoneOfPfn } from '../section/section-table'
import {
  type MaterialisedSection,
  ownedColumns,
  sectionBase,
  stampPage,
  stampPages,
} from '../section-pages/columns'
import { findHugePool, hugePoolOf, unpromisedHugePages } from '../section-pages/huge-pool'
import { materialise } from '../section-pages/materialise'
import { zoneOf } from '../zone/zone-table'
import { takeChunk } from './allocate'
import { freeRange } from './buddy'
import { firstOf } from './find-free-chunk'
import { nodesByDistance, zonelist } from './zonelist'

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

function setHeadKind(
  machine: Machine,
  head: { readonly page: number; readonly kind: 'hugetlb' | 'hugetlbFree' },
): void {
  const { section, pageIndex } = placeOf(machine, head.page)
  section.pages.kind[pageIndex] = PAGE_KIND[head.kind]
  stampPage(section.pages, pageIndex)
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
  if (room < count) throw noMemory(wanted, room)
  const heads: Pfn[] = []
  while (heads.length < count) {
    const head = takeChunk(machine, { zones, order, mobility: 'movable', kind: 'hugetlbFree' })
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
  for (let i = 0; i < wanted.count; i++) dissolveHugePage(machine, pool, firstOf(pool.free) ?? 0)
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
    setHeadKind(machine, { page, kind: 'hugetlb' })
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
    pool.used.delete(page)
    pool.free.add(page)
    setHeadKind(machine, { page, kind: 'hugetlbFree' })
  }
}

function freeHugePage(
  machine: Machine,
  freed: { readonly page: number; readonly order: number },
): void {
  const { section, pageIndex } = placeOf(machine, freed.page)
  const range = { start: pageIndex, end: pageIndex + (1 << freed.order) }
  freeRange(machine, { section, range })
}

/** Turns a free huge page into free pages; poisoned ones among them are retired. */
export function dissolveHugePage(machine: Machine, pool: HugePool, page: number): void {
  pool.free.delete(page)
  freeHugePage(machine, { page, order: pool.order })
}

/**
 * Dissolves the free huge pages of a range, ascending.
 * @throws HotplugError DISSOLVE_FAILED (EBUSY) at the first one that is promised to a mapping: the machine would
 *   keep fewer free huge pages of its size than are promised. Those before it stay dissolved, as in the kernel.
 * Source: dissolve_free_huge_pages, mm/hugetlb.c 6.1; spec 4.2 step 9e.
 */
export function dissolveFreeHugePages(machine: Machine, range: PfnRange): void {
  const free: { readonly page: number; readonly pool: HugePool }[] = []
  for (const pool of machine.state.memory.hugePools) {
    for (const page of pool.free) {
      if (range.start <= page && page < range.end) free.push({ page, pool })
    }
  }
  free.sort((a, b) => a.page - b.page)
  for (const { page, pool } of free) dissolveUnpromised(machine, pool, page)
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

/** Where a huge page may move to. */
interface HugeMove {
  readonly section: MaterialisedSection
  /** Place of the head. */
  readonly pageIndex: number
  readonly nodes: readonly NodeId[]
}

/**
 * Moves a huge page in use: into a free huge page of the pools of `nodes`, else into fresh memory there. The old
 * one goes back to its node's pool in the first case and to the allocator in the second.
 * @returns false where neither is to be had
 * Source: alloc_huge_page_nodemask and move_hugetlb_state, mm/hugetlb.c 6.1.
 */
export function moveHugePage(machine: Machine, move: HugeMove): boolean {
  const { section, pageIndex } = move
  const order = section.pages.order[pageIndex] ?? 0
  const old = sectionBase(machine, section) + pageIndex
  const sourcePool = poolUsing(machine, { page: old, order })
  const pooled = takePooled(machine, { ...move, order })
  const target = pooled ?? takeFresh(machine, { ...move, order })
  if (target === null) return false
  copyHugePage(machine, { from: move, to: target, order })
  sourcePool.used.delete(old)
  if (pooled === null) {
    freeHugePage(machine, { page: old, order })
  } else {
    sourcePool.free.add(old)
    setHeadKind(machine, { page: old, kind: 'hugetlbFree' })
  }
  if (machine.observers.hear('pages-moved')) {
    machine.observers.tell({
      kind: 'pages-moved',
      from: pfn(old),
      to: target,
      pageCount: 1 << order,
    })
  }
  return true
}

/** Moves the huge page in use that begins at this page. @returns false where no node has room for it */
export function moveHugePageAt(
  machine: Machine,
  { page, nodes }: { readonly page: Pfn; readonly nodes: readonly NodeId[] },
): boolean {
  return moveHugePage(machine, { ...placeOf(machine, page), nodes })
}

/** The pool that counts a huge page as used. */
function poolUsing(
  machine: Machine,
  which: { readonly page: number; readonly order: number },
): HugePool {
  const pool = machine.state.memory.hugePools.find(
    (each) => each.order === which.order && each.used.has(which.page),
  )
  invariant(pool !== undefined, `No pool knows the huge page at ${which.page}.`)
  return pool
}

/** Takes a free huge page, not promised, from the nearest of the nodes that has one. */
function takePooled(machine: Machine, move: HugeMove & { readonly order: number }): Pfn | null {
  const { order, nodes } = move
  if (unpromisedHugePages(machine, order) < 1) return null
  for (const nodeId of nodesByDistance(machine, { nodeId: move.section.nodeId, nodes })) {
    const pool = findHugePool(machine, { nodeId, order })
    if (pool === undefined) continue
    const page = [...pool.free].find((head) => !isIsolated(machine, head))
    if (page === undefined) continue
    pool.free.delete(page)
    pool.used.add(page)
    setHeadKind(machine, { page, kind: 'hugetlb' })
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

function takeFresh(machine: Machine, move: HugeMove & { readonly order: number }): Pfn | null {
  const { order, nodes, section } = move
  const zones = zonelist(machine, { nodeId: section.nodeId, mobility: 'movable', nodes })
  const page = takeChunk(machine, { zones, order, mobility: 'movable', kind: 'hugetlb' })
  if (page === null) return null
  const key = zoneOfPfn(machine, page)
  invariant(key !== null, `Page ${page} is in a zone.`)
  hugePoolOf(machine, { nodeId: zoneOf(machine, key).nodeId, order }).used.add(page)
  return page
}

function copyHugePage(
  machine: Machine,
  copy: { readonly from: HugeMove; readonly to: Pfn; readonly order: number },
): void {
  const { section, pageIndex } = copy.from
  const target = placeOf(machine, copy.to)
  const end = pageIndex + (1 << copy.order)
  const { owned } = section.pages
  if (owned === null) return
  const { pages } = target.section
  ownedColumns(pages).data.set(owned.data.subarray(pageIndex, end), target.pageIndex)
  stampPages(pages, { start: target.pageIndex, end: target.pageIndex + end - pageIndex })
}

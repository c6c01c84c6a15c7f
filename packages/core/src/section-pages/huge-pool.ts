import type { NodeId } from '../address/brand'
import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import type { HugePool } from '../model/state'

/** Which huge pages: those of a node and of 2^order pages each. */
export interface HugePageSize {
  readonly nodeId: NodeId
  readonly order: number
}

/** The pool of a node and an order; undefined where there never was one. */
export const findHugePool = (machine: Machine, which: HugePageSize): HugePool | undefined =>
  machine.state.memory.hugePools.find(
    (pool) => pool.nodeId === which.nodeId && pool.order === which.order,
  )

/** The pool of a node and an order; made empty where there is none. */
export function hugePoolOf(machine: Machine, which: HugePageSize): HugePool {
  const found = findHugePool(machine, which)
  if (found !== undefined) return found
  const { nodeId, order } = which
  const sets = { free: new Set<number>(), used: new Set<number>() }
  const pool: HugePool = { nodeId, order, ...sets, reserved: 0, surplus: 0 }
  machine.state.memory.hugePools.push(pool)
  return pool
}

/** A huge page: its pool, its first page, and whether it is in use. */
export interface HugePage {
  readonly pool: HugePool
  readonly head: number
  readonly isUsed: boolean
}

/** The huge page that a page is part of; undefined where it is part of none. */
export function hugePageWith(machine: Machine, page: number): HugePage | undefined {
  for (const pool of machine.state.memory.hugePools) {
    const head = page - (page % 2 ** pool.order)
    const isUsed = pool.used.has(head)
    if (isUsed || pool.free.has(head)) return { pool, head, isUsed }
  }
  return undefined
}

/** The huge pages of some pools that a range of pages has a part of, by pool, as each came to it. */
export function* hugePagesIn(
  pools: readonly HugePool[],
  { start, end }: Range,
): Generator<HugePage, void> {
  for (const pool of pools) {
    for (const isUsed of [false, true]) {
      for (const head of isUsed ? pool.used : pool.free)
        if (head < end && start < head + 2 ** pool.order) yield { pool, head, isUsed }
    }
  }
}

/**
 * Pages, as an order, of the pieces that a huge page consists of. One that the allocator can give at once is one piece; a
 * gigantic one, which lies in several sections, has pieces of a pageblock: each looks like a huge page of that size.
 */
export function pieceOrder({ geometry }: Pick<Machine, 'geometry'>, order: number): number {
  const pageblockOrder = Math.log2(geometry.pageblockPages)
  return order <= Math.max(geometry.maxOrder, pageblockOrder) ? order : pageblockOrder
}

/** Whether huge pages of an order are gigantic: more than the allocator can give at once. */
export const isGigantic = (machine: Pick<Machine, 'geometry'>, order: number): boolean =>
  pieceOrder(machine, order) !== order

/** Pools of gigantic pages. */
export const giganticPools = (machine: Machine): readonly HugePool[] =>
  machine.state.memory.hugePools.filter(({ order }) => isGigantic(machine, order))

/** The first pages of the pieces of a huge page, ascending. */
export function piecesOf(
  machine: Pick<Machine, 'geometry'>,
  { head, order }: { readonly head: number; readonly order: number },
): readonly number[] {
  const size = 2 ** pieceOrder(machine, order)
  return Array.from({ length: 2 ** order / size }, (_, index) => head + index * size)
}

/**
 * Free huge pages of an order that are not promised, over all nodes: promises are made by the machine,
 * not by a node. Source: available_huge_pages, mm/hugetlb.c 6.1.
 */
export function unpromisedHugePages(machine: Machine, order: number): number {
  let pages = 0
  for (const pool of machine.state.memory.hugePools) {
    if (pool.order === order) pages += pool.free.size - pool.reserved
  }
  return pages
}

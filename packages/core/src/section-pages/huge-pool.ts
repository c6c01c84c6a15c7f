import type { NodeId } from '../address/brand'
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
  const pool: HugePool = { nodeId, order, free: new Set(), used: new Set(), reserved: 0 }
  machine.state.memory.hugePools.push(pool)
  return pool
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

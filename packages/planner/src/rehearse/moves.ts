import { blockId, type Machine } from '@memhp/core'
import { blockRange, countPages, findBlock } from '@memhp/core/inspect'

/** Where the pages of a block went when it went offline. In base pages. */
export interface Move {
  readonly block: number
  readonly pages: number
  readonly to: readonly { readonly node: number; readonly pages: number }[]
}

type Free = ReadonlyMap<number, number>

function freeByNode(machine: Machine): Free {
  const free = new Map<number, number>()
  for (const { nodeId, free: area, perCpu } of machine.state.memory.zones.values()) {
    free.set(nodeId, (free.get(nodeId) ?? 0) + area.freePages + perCpu.length)
  }
  return free
}

/** What a block holds and what is free, before it goes offline. */
export interface MoveWatch {
  readonly block: number
  readonly movable: number
  readonly free: Free
}

/** Looks at a block and at what is free, before the block goes offline. */
export function watchMove(machine: Machine, block: number): MoveWatch {
  const id = blockId(block)
  const counts = countPages(machine, blockRange(machine, id))
  const free = new Map(freeByNode(machine))
  const home = findBlock(machine, id)?.nodeId
  // What is free in the block itself goes with it, and so do free huge pages, which are not counted as free.
  if (home !== undefined) free.set(home, (free.get(home) ?? 0) - counts.free - counts.perCpu)
  return { block, movable: counts.lru + counts.hugetlb, free }
}

/** Finds out where the pages of a block went, once it is offline. */
export function moveSince(machine: Machine, watch: MoveWatch): Move {
  const now = freeByNode(machine)
  const to = [...watch.free]
    .map(([node, before]) => ({ node, pages: before - (now.get(node) ?? 0) }))
    .filter(({ pages }) => pages > 0)
  return { block: watch.block, pages: watch.movable, to: watch.movable === 0 ? [] : to }
}

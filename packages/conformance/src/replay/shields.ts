import { type BlockId, type Machine, type PfnRange, pfn, refusalOf } from '@memhp/core'
import { blockRange, findBlock, firstObstacle } from '@memhp/core/inspect'
import { fakeOffline, fakeOnline } from '@memhp/core/plugin'
import type { TraceStep } from '@memhp/trace'
import { blocksGoingOffline, blocksTold, vetoedBlocks } from './hints'

/**
 * Those of some steps, last first, that added blocks which are there still: the struct pages and page tables of these lie in memory
 * that was there before.
 * @param done all steps, in order
 */
export function additionsOf<T extends { readonly step: TraceStep }>(
  machine: Machine,
  done: readonly T[],
): readonly T[] {
  const addedLater = new Set<BlockId>()
  return done.toReversed().filter(({ step }) => {
    const added = blocksTold(step, 'add').filter((id) => !addedLater.has(id))
    for (const id of added) addedLater.add(id)
    return added.some((id) => findBlock(machine, id) !== undefined)
  })
}

/**
 * Blocks in which a step shows that the kernel had nothing that cannot move: they went offline, or only a notifier kept them.
 * @param machine on which it was carried out
 * @returns none where the model's kernel had nothing there that kept them, either
 */
export function emptyBlocks(machine: Machine, step: TraceStep): readonly BlockId[] {
  const empty = [...blocksGoingOffline(step), ...vetoedBlocks(machine, step)]
  const isKept = (id: BlockId): boolean =>
    findBlock(machine, id)?.state === 'online' &&
    firstObstacle(machine, blockRange(machine, id)) !== undefined
  return empty.some(isKept) ? empty : []
}

/** Does something while no page of some blocks can be taken: their free pages are withheld until it is done. */
export function withoutRoomIn(
  machine: Machine,
  blocks: readonly BlockId[],
  act: () => unknown,
): void {
  const withheld = blocks.flatMap((id) => withhold(machine, id))
  try {
    act()
  } finally {
    for (const range of withheld) fakeOnline(machine, range)
  }
}

/** Takes the pageblocks of an online block from the allocator, but for those of which a page cannot move. */
function withhold(machine: Machine, id: BlockId): readonly PfnRange[] {
  if (findBlock(machine, id)?.state !== 'online') return []
  const { pageblockPages } = machine.geometry
  const { start, end } = blockRange(machine, id)
  const ranges: PfnRange[] = []
  for (let at: number = start; at < end; at += pageblockPages) {
    const range = { start: pfn(at), end: pfn(at + pageblockPages) }
    if (refusalOf(() => fakeOffline(machine, range)) === undefined) ranges.push(range)
  }
  return ranges
}

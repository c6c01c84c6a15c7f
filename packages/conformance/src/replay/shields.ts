import { type BlockId, type Machine, type PfnRange, pfn, rangeSize, refusalOf } from '@memhp/core'
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

/** Takes an online block from the allocator: whole, or the pageblocks of which no page is one that cannot move. */
function withhold(machine: Machine, id: BlockId): readonly PfnRange[] {
  if (findBlock(machine, id)?.state !== 'online') return []
  const isTaken = (range: PfnRange): boolean =>
    refusalOf(() => fakeOffline(machine, range)) === undefined
  const whole = blockRange(machine, id)
  if (isTaken(whole)) return [whole]
  const { pageblockPages } = machine.geometry
  return Array.from({ length: rangeSize(whole) / pageblockPages }, (_, i) => {
    const start = pfn(whole.start + i * pageblockPages)
    return { start, end: pfn(start + pageblockPages) }
  }).filter(isTaken)
}

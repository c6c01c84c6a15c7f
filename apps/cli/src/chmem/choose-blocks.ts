import type { BlockOutlook } from '@memhp/planner'
import type { ChmemRequest } from './request'

/** A block as chmem looks at it. */
export interface ChmemBlock {
  readonly id: number
  readonly isOnline: boolean
  /** What `valid_zones` reads; undefined on kernels without the file. */
  readonly zones: string | undefined
}

/** What is wanted of blocks. */
export interface ChmemWish {
  readonly enable: boolean
  /** As the user names it. */
  readonly zone: string | undefined
  /** What is expected of each block, where the cheapest are wanted. */
  readonly outlook?: ReadonlyMap<number, BlockOutlook>
}

/** What becomes of one block. */
export interface ChmemStep {
  readonly block: ChmemBlock
  /** What is written to `state`; undefined where nothing is. */
  readonly write?: 'online' | 'online_movable' | 'online_kernel' | 'offline'
  /** Why nothing is written. */
  readonly skipped?: 'already' | 'zone'
}

const MOVABLE = 'movable'

/** Whether a block may be taken in this zone, and the word that brings it there. Source: chmem(8), as 2.38.1 does it */
function stepOf(block: ChmemBlock, { enable, zone }: ChmemWish): ChmemStep {
  if (block.isOnline === enable) return { block, skipped: 'already' }
  const zones = block.zones?.toLowerCase()
  const wanted = zone?.toLowerCase()
  if (wanted !== undefined && zones !== undefined) {
    const isRight = enable ? zones.split(' ').includes(wanted) : zones.startsWith(wanted)
    if (!isRight) return { block, skipped: 'zone' }
  }
  if (!enable) return { block, write: 'offline' }
  const isMovable = wanted === undefined ? zones?.includes(MOVABLE) : wanted === MOVABLE
  if (isMovable) return { block, write: 'online_movable' }
  return { block, write: wanted === undefined ? 'online' : 'online_kernel' }
}

/** How good a block is to take: what is expected of it, then what has to move. */
function costOf({ prediction, holdings }: BlockOutlook): readonly [number, number] {
  const { outcome, confidence } = prediction
  const doubt = { certain: 0, likely: 0, uncertain: 1 }[confidence]
  const rank = outcome === 'goes' ? doubt : 4 - doubt
  return [rank, holdings === null ? 0 : holdings.movable + holdings.unknown]
}

const byCost =
  (outlook: ReadonlyMap<number, BlockOutlook>) =>
  (a: ChmemBlock, b: ChmemBlock): number => {
    const [one, other] = [outlook.get(a.id), outlook.get(b.id)]
    if (one === undefined || other === undefined) return b.id - a.id
    const [rank, pages] = costOf(one)
    const [otherRank, otherPages] = costOf(other)
    return rank - otherRank || pages - otherPages || b.id - a.id
  }

/**
 * Blocks in the order in which they are taken: those of a range ascending; for a size from the lowest up to go online, from the
 * highest down to go offline, or the cheapest first.
 * @param blocks ascending
 */
export function stepsFor(
  blocks: readonly ChmemBlock[],
  request: ChmemRequest,
  wish: ChmemWish,
): readonly ChmemStep[] {
  if (request.kind === 'blocks')
    return blocks
      .filter(({ id }) => request.first <= id && id <= request.last)
      .map((block) => stepOf(block, wish))
  const { enable, outlook } = wish
  const ordered = enable
    ? blocks
    : outlook === undefined
      ? blocks.toReversed()
      : [...blocks].sort(byCost(outlook))
  return ordered.map((block) => stepOf(block, wish)).filter(({ skipped }) => skipped !== 'already')
}

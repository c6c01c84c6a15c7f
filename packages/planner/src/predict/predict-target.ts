import type { BlockInfo, Topology } from '@memhp/topology'
import { type HeadRoom, headRoomFor } from './head-room'
import { type Holdings, holdingsOf } from './holdings'
import { predictBlock } from './predict-block'
import { isGood, type Prediction, worstOf } from './prediction'
import type { ReasonKind } from './reason'

/** A block that is to go, with what it holds and what to expect of it. */
export interface Forecast {
  readonly block: BlockInfo
  /** Null where nothing is known, and for blocks that are not online. */
  readonly holdings: Holdings | null
  readonly prediction: Prediction
}

/** What to expect of some blocks together, in the order in which they go. */
export interface TargetForecast {
  readonly blocks: readonly Forecast[]
  readonly headRoom: HeadRoom
  /** The worst of the blocks' predictions. */
  readonly prediction: Prediction
}

function withoutRoom(forecast: Forecast): Forecast {
  const { block, holdings, prediction } = forecast
  if (!isGood(prediction)) return forecast
  const message = `Once the blocks before it have gone, the pages of memory${block.id} find no free memory where they may go.`
  return {
    ...forecast,
    prediction: {
      outcome: 'stalls',
      confidence: holdings?.source === 'counted' ? 'likely' : 'uncertain',
      reasons: [{ kind: 'no-room', message }, ...prediction.reasons],
    },
  }
}

/** Reasons that what a block holds of others may be behind. */
const OF_KERNEL: ReadonlySet<ReasonKind | undefined> = new Set<ReasonKind>([
  'kernel-memory',
  'kernel-zone',
])

/** Of a block that refuses for what it holds of others: that is freed when those have gone. */
const freed = (prediction: Prediction, block: BlockInfo): Prediction =>
  prediction.outcome === 'refuses' && OF_KERNEL.has(prediction.reasons[0]?.kind)
    ? {
        outcome: 'goes',
        confidence: 'uncertain',
        reasons: [
          {
            kind: 'kernel-memory',
            message: `memory${block.id} would refuse now; what it holds of the blocks before it is freed as they go.`,
          },
        ],
      }
    : prediction

/**
 * Predicts taking blocks offline one after the other.
 * @param blocks in the order in which they go
 * @param hosts those that hold what describes blocks before them
 */
export function predictTarget(
  topology: Topology,
  blocks: readonly BlockInfo[],
  hosts: ReadonlySet<BlockInfo['id']> = new Set(),
): TargetForecast {
  const gone = new Set<number>()
  const alone = blocks.map((block): Forecast => {
    const holdings = holdingsOf(topology, block)
    const now = predictBlock(topology, block, holdings, gone)
    if (now.outcome === 'goes') gone.add(block.id)
    const prediction = hosts.has(block.id) ? freed(now, block) : now
    return { block, holdings: holdings ?? null, prediction }
  })
  const headRoom = headRoomFor(
    topology,
    alone.map(({ block, holdings }) => ({ block, holdings: holdings ?? undefined })),
  )
  const stalled = new Set(headRoom.stalled)
  const together = alone.map((forecast) =>
    stalled.has(forecast.block.id) ? withoutRoom(forecast) : forecast,
  )
  return {
    blocks: together,
    headRoom,
    prediction: worstOf(together.map(({ prediction }) => prediction)),
  }
}

import type { BlockInfo, Topology } from '@memhp/topology'
import { type HeadRoom, headRoomFor } from './head-room'
import { type Holdings, holdingsOf } from './holdings'
import { predictBlock } from './predict-block'
import { isGood, type Prediction, worstOf } from './prediction'

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

/**
 * Predicts taking blocks offline one after the other.
 * @param blocks in the order in which they go
 */
export function predictTarget(topology: Topology, blocks: readonly BlockInfo[]): TargetForecast {
  const alone = blocks.map((block): Forecast => {
    const holdings = holdingsOf(topology, block)
    const prediction = predictBlock(topology, block, holdings)
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

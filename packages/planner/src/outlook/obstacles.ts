import type { BlockId } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import { isGood, type Prediction } from '../predict/prediction'
import { type ReasonKind, remediesFor } from '../predict/reason'

/** One kind of reason that keeps online blocks, with what speaks for it and what would help. */
export interface Obstacle {
  readonly kind: ReasonKind
  /** Of its predictions the surest. */
  readonly confidence: Prediction['confidence']
  /** Ascending. */
  readonly blocks: readonly BlockId[]
  readonly sizeBytes: number
  /** Sentences about blocks, the lowest first; at most `MOST_SENTENCES`. */
  readonly evidence: readonly string[]
  /** What a person can do, best first. */
  readonly remedies: readonly string[]
}

/** Most sentences of evidence for one kind: thousands of blocks may have the same reason. */
const MOST_SENTENCES = 3

const CONFIDENCES = ['certain', 'likely', 'uncertain'] as const

/**
 * What keeps blocks that are not expected to go, by kind of reason, those with most memory first.
 * @param blocks ascending by id
 */
export function obstaclesOf(
  topology: Topology,
  blocks: readonly { readonly id: BlockId; readonly prediction: Prediction }[],
): readonly Obstacle[] {
  const byKind = new Map<ReasonKind, { readonly id: BlockId; readonly prediction: Prediction }[]>()
  for (const block of blocks) {
    if (isGood(block.prediction)) continue
    const kind = block.prediction.reasons[0]?.kind ?? 'unknown'
    const others = byKind.get(kind)
    if (others === undefined) byKind.set(kind, [block])
    else others.push(block)
  }
  return [...byKind]
    .map(([kind, held]) => ({
      kind,
      confidence:
        CONFIDENCES.find((word) => held.some(({ prediction }) => prediction.confidence === word)) ??
        'uncertain',
      blocks: held.map(({ id }) => id),
      sizeBytes: held.length * topology.blockBytes,
      evidence: held
        .flatMap(({ prediction }) => prediction.reasons[0]?.message ?? [])
        .slice(0, MOST_SENTENCES),
      remedies: remediesFor(kind),
    }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
}

import type { BlockInfo, Topology } from '@memhp/topology'
import { holdingsOf } from '../predict/holdings'
import { predictBlock } from '../predict/predict-block'
import { compareBadness, type Prediction } from '../predict/prediction'

/**
 * - `careful`: what will probably refuse goes first, so that a refusal costs least; the rest from the highest down.
 * - `descending`, `ascending`: by address.
 *
 * From the highest down, since what describes a block (page tables, struct pages, page extensions) may lie in
 * memory that was there before it, which as a rule is lower.
 */
export type BlockOrder = 'careful' | 'descending' | 'ascending'

/** Blocks in the order in which they are to go offline. */
export function orderBlocks(
  topology: Topology,
  blocks: readonly BlockInfo[],
  order: BlockOrder,
): readonly BlockInfo[] {
  if (order === 'ascending') return blocks.toSorted((a, b) => a.id - b.id)
  const descending = blocks.toSorted((a, b) => b.id - a.id)
  if (order === 'descending') return descending
  const predictions = new Map<BlockInfo, Prediction>(
    descending.map((block) => [block, predictBlock(topology, block, holdingsOf(topology, block))]),
  )
  const refusing = (block: BlockInfo): Prediction | undefined => {
    const prediction = predictions.get(block)
    return prediction?.outcome === 'refuses' ? prediction : undefined
  }
  return descending.toSorted((a, b) => {
    const [first, second] = [refusing(a), refusing(b)]
    if (first === undefined || second === undefined) {
      return Number(second !== undefined) - Number(first !== undefined)
    }
    return compareBadness(second, first)
  })
}

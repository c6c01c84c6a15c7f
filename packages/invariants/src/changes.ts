import type { Expect } from './broken-invariant'
import { listDifferences, type StateDifference } from './difference'
import { blockIn, blocksToCompare, type Observation } from './observation'

/**
 * What two observations show differently. A block that was merely looked at, and left its run for that, is the same.
 */
export function changesBetween(moments: {
  readonly before: Observation
  readonly after: Observation
}): readonly StateDifference[] {
  const ids = blocksToCompare(moments.before, moments.after)
  const plain = (observation: Observation): unknown => {
    const { blockRuns: _, ...rest } = observation
    return { ...rest, blocks: new Map(ids.map((id) => [id, blockIn(observation, id)])) }
  }
  return listDifferences({ before: plain(moments.before), after: plain(moments.after) })
}

/** Requires that nothing which an observation shows has changed. */
export function expectUnchanged(
  moments: { readonly before: Observation; readonly after: Observation },
  expect: Expect,
): void {
  expect.same('what changed', { expected: [], seen: changesBetween(moments) })
}

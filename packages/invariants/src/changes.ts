import type { Expect } from './broken-invariant'
import { listDifferences, type StateDifference } from './difference'
import type { Step } from './step'

const NONE: readonly StateDifference[] = []

/** What the observations of a step show differently. Parts that stayed are the same objects. */
export function changesOf(step: Step): readonly StateDifference[] {
  const { before, after, blocks, write } = step
  const isSameObject = before === after && blocks.length === 0
  if (isSameObject && write?.validZones.before === write?.validZones.after) return NONE
  const plain = (moment: 'before' | 'after'): unknown => ({
    ...step[moment],
    blocks: new Map(blocks.map(({ id, was, is }) => [id, moment === 'before' ? was : is])),
    validZones: write?.validZones[moment],
  })
  return listDifferences({ before: plain('before'), after: plain('after') })
}

/** Requires that nothing which an observation shows has changed. */
export function expectUnchanged(step: Step, expect: Expect): void {
  expect.same('what changed', { expected: [], seen: changesOf(step) })
}

import { readTopology } from '@memhp/topology'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { executePlan, planRemoval } from '../src/index'
import { fakeTree } from './fake-tree'

const D0 = 'PNP0C80:00'
const FIRST_ID = 8

const blocks = fc.array(
  fc.record({
    state: fc.constantFrom('online', 'online', 'offline'),
    zone: fc.constantFrom('Normal', 'Movable'),
  }),
  { minLength: 1, maxLength: 8 },
)

const someOf = (of: readonly number[]): fc.Arbitrary<ReadonlySet<number>> =>
  fc.subarray([...of], { maxLength: 2 }).map((ids) => new Set(ids))

const IDS = Array.from({ length: 8 }, (_, i) => FIRST_ID + i)

const faults = fc.record({
  refuseOffline: someOf(IDS),
  ignoreOffline: someOf(IDS),
  ignoreEject: fc.constantFrom(new Set<string>(), new Set([D0])),
})

describe('a run on a tree that may fail anywhere', () => {
  test('either does all or leaves all as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        blocks,
        faults,
        fc.integer({ min: 0, max: 20 }),
        async (sketch, fault, stop) => {
          const fake = fakeTree(
            Object.fromEntries(sketch.map((block, i) => [FIRST_ID + i, { ...block, device: D0 }])),
            fault,
          )
          const before = fake.snapshot()
          const topology = await readTopology(fake.tree)
          const plan = planRemoval(topology, { kind: 'device', devices: [D0] })
          const signal = { aborted: false }
          const execution = await executePlan(fake.tree, plan, {
            signal,
            onProgress: (progress) => {
              if (progress.kind === 'result' && progress.index === stop) signal.aborted = true
            },
          })
          if (execution.outcome === 'done') expect(fake.blocks.size).toBe(0)
          else if (fake.blocks.size > 0) expect(fake.snapshot()).toBe(before)
          expect(execution.leftovers).toEqual([])
          const indices = [...execution.journal, ...execution.undone].map(({ index }) => index)
          expect(indices).toEqual(indices.map((_, i) => i))
        },
      ),
      { numRuns: draws(300) },
    )
  })
})

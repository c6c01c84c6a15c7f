import { fingerprint, invariant, registerMemoryNotifier } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { executePlan, planRemoval, rehearse } from '../src/index'
import { fakeTree } from './fake-tree'
import { FIRST, guest, topologyOfMachine } from './machines'

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
      { numRuns: 300 },
    )
  })
})

describe('a rehearsal in which one block refuses', () => {
  test('leaves a machine without pages to move as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 7 }),
        fc.constantFrom('online_movable' as const, 'online_kernel' as const),
        fc.constantFrom('careful' as const, 'ascending' as const),
        async (place, type, order) => {
          const machine = guest({ type })
          const { pagesPerBlock } = machine.geometry
          registerMemoryNotifier(machine.memoryChain, {
            name: 'one that refuses',
            priority: 0,
            notifier: (event, { startPfn }) =>
              event === 'MEM_GOING_OFFLINE' && startPfn === (FIRST + place) * pagesPerBlock
                ? 'EPERM'
                : 'ok',
          })
          const before = fingerprint(machine)
          const topology = await topologyOfMachine(machine)
          const goal = { kind: 'device', devices: ['PNP0C80:01'] } as const
          const rehearsal = await rehearse(machine, topology, goal, { order })
          invariant(rehearsal.diagnosis !== null, 'A refusal has a diagnosis.')
          expect(rehearsal.diagnosis).toMatchObject({ block: FIRST + place, errno: 'EPERM' })
          expect(fingerprint(machine)).toBe(before)
          expect(rehearsal.balance.balanced).toBe(true)
        },
      ),
      { numRuns: 24 },
    )
  }, 30_000)
})

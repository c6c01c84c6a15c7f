import { fingerprint, invariant, registerMemoryNotifier } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rehearse } from '../src/index'
import { FIRST, guest, topologyOfMachine } from './machines'

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

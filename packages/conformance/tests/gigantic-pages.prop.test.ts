// Gigantic pages among blocks that come and go, files and pages that fail: whatever is done, pools and pages agree, and what
// cannot be done leaves the machine as it was.
import { fingerprint, GIB, isHotplugError, restoreSnapshot, takeSnapshot } from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { blockFile, makeGuest, numbers, plug, writeState } from './machines'

/** Two GiB at 4 GiB, of node 1, one below the other, the upper in Movable; and one of node 0. */
function guest(kernel: string) {
  const machine = makeGuest({
    kernel,
    ram: [{ start: 0, end: GIB, node: 0 }],
    autoOnlineBlocks: 'offline',
  })
  for (const [id, node] of [
    ['a', 1],
    ['b', 1],
    ['c', 0],
  ] as const)
    plug(machine, { id, sizeBytes: GIB, node })
  for (const id of [...numbers(32, 39), ...numbers(48, 55)])
    writeState(machine, id, 'online_kernel')
  for (const id of numbers(40, 47)) writeState(machine, id, 'online_movable')
  return machine
}

const pool = (node: number): string =>
  `/sys/devices/system/node/node${node}/hugepages/hugepages-1048576kB/nr_hugepages`

const node = fc.constantFrom(0, 1)
const operation: fc.Arbitrary<MachineOperation> = fc.oneof(
  fc.record({
    op: fc.constant('write' as const),
    path: node.map(pool),
    value: fc.constantFrom('0', '1', '2'),
  }),
  fc.record({
    op: fc.constantFrom('use-huge' as const, 'release-huge' as const),
    node,
    count: fc.constant(1),
    mib: fc.constant(1024),
  }),
  fc.record({
    op: fc.constant('write' as const),
    path: fc.integer({ min: 32, max: 55 }).map((id) => blockFile(id, 'state')),
    value: fc.constantFrom('offline', 'offline', 'online'),
  }),
  fc.record({ op: fc.constant('reserve-huge' as const), node, count: fc.constantFrom(1, 20) }),
  fc.record({
    op: fc.constant('write' as const),
    path: fc
      .constantFrom('soft', 'hard')
      .map((how) => `/sys/devices/system/memory/${how}_offline_page`),
    value: fc.integer({ min: 4096, max: 7167 }).map((mib) => `${(mib + 0.5) * 2 ** 20}`),
  }),
  fc.constant({ op: 'write', path: '/proc/sys/vm/movable_gigantic_pages', value: '1' } as const),
)

test.each(['v6.1', 'v7.3'])('%s', (kernel) => {
  const machine = guest(kernel)
  const session = openSession(machine)
  perform(session, { op: 'fill', file: 'f', node: 1, mib: 100, policy: 'bind' })
  const start = takeSnapshot(machine)
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), (operations) => {
      restoreSnapshot(machine, start)
      for (const each of operations) {
        const before = fingerprint(machine)
        try {
          perform(session, each)
        } catch (error) {
          if (!isHotplugError(error)) throw error
          if (each.op !== 'write') expect(fingerprint(machine)).toBe(before)
        }
        checkInvariants(machine)
      }
    }),
    { numRuns: draws(25) },
  )
})

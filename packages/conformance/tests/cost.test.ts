// Costs follow what is touched, not what is present.
import { type Machine, type MachineDescription, TIB } from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { expect, test } from 'vitest'
import { makeGuest, writeState } from './machines'

const LARGE: Partial<MachineDescription> = {
  ram: Array.from({ length: 8 }, (_, node) => ({
    start: node * 8 * TIB,
    end: (node + 1) * 8 * TIB,
    node,
  })).slice(0, 7),
  nodes: Array.from({ length: 8 }, (_, id) => ({ id, cpus: [id] })),
}

/** How often the tree is asked while a machine is checked. */
function readsOf(machine: Machine): number {
  let reads = 0
  const count =
    <Args extends unknown[], Result>(act: (...args: Args) => Result) =>
    (...args: Args): Result => {
      reads += 1
      return act(...args)
    }
  const { tree } = machine
  const counted = {
    ...tree,
    read: count(tree.read),
    lookup: count(tree.lookup),
    list: count(tree.list),
  }
  checkInvariants({ ...machine, tree: counted })
  return reads
}

test('checking 56 TiB of untouched memory takes no more looks than checking as many nodes of 1 GiB', () => {
  const small = makeGuest({
    ...LARGE,
    ram: (LARGE.ram ?? []).map(({ start, node }) => ({ start, end: start + TIB / 1024, node })),
  })
  const large = makeGuest(LARGE)
  expect(readsOf(large)).toBeLessThanOrEqual(readsOf(small) * 2.1)
})

test('a changed block adds a few looks', () => {
  const machine = makeGuest(LARGE)
  const before = readsOf(machine)
  expect(writeState(machine, 10_000, 'offline')).toBeNull()
  checkInvariants(machine)
  expect(readsOf(machine) - before).toBeLessThan(400)
})

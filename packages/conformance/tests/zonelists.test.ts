import { GIB, type Machine, MIB } from '@memhp/core'
import { expect, test } from 'vitest'
import { GUEST, makeGuest, plug, unplug } from './machines'

const STATE = '/sys/devices/system/memory/memory32/state'

/** What the log says of zonelists while something is done. */
function toldOf(machine: Machine, act: () => void): readonly string[] {
  const { log } = machine.state.journal
  const before = log.length
  act()
  const told = log.slice(before).map(({ text }) => text)
  return told.filter((text) => /Fallback order|zonelists|Policy zone/.test(text))
}

const built = (machine: Machine, lists: number): string =>
  `Built ${lists} zonelists, mobility grouping on.  Total pages: ${machine.state.memory.totalManagedPages}`

test('the log of 6.1 tells of zonelists as a node gets memory, and as a zone fills and empties', () => {
  const machine = makeGuest()
  const added = toldOf(machine, () => plug(machine, { id: 'a', sizeBytes: 128 * MIB, node: 1 }))
  expect(added).toEqual([
    'Fallback order for Node 1: 1 0 ',
    built(machine, 1),
    'Policy zone: DMA32',
  ])
  const filled = toldOf(machine, () => machine.tree.write(STATE, 'online_kernel'))
  const bothNodes = ['Fallback order for Node 0: 0 1 ', 'Fallback order for Node 1: 1 0 ']
  expect(filled).toEqual([...bothNodes, built(machine, 2), 'Policy zone: Normal'])
  const emptied = toldOf(machine, () => unplug(machine, 'a'))
  expect(emptied.slice(0, 2)).toEqual([
    'Fallback order for Node 0: 0 ',
    'Fallback order for Node 1: 1 0 ',
  ])
  expect(emptied.at(-1)).toBe('Policy zone: Normal')
})

test('of equally near nodes the next one comes first, and one without CPUs', () => {
  const ram = [0, 1, 2].map((node) => ({ start: node * GIB, end: (node + 1) * GIB, node }))
  const nodes = [{ id: 0, cpus: [0] }, { id: 1, cpus: [1] }, { id: 2, cpus: [2] }]
  const machine = makeGuest({ nodes, ram, drivers: GUEST.drivers })
  plug(machine, { id: 'a', sizeBytes: 128 * MIB })
  const told = toldOf(machine, () => machine.tree.write(STATE, 'online_movable'))
  expect(told.slice(0, 3)).toEqual([
    'Fallback order for Node 0: 0 1 2 ',
    'Fallback order for Node 1: 1 2 0 ',
    'Fallback order for Node 2: 2 0 1 ',
  ])
})

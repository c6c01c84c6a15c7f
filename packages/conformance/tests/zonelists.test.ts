import { type Machine, MIB } from '@memhp/core'
import { expect, test } from 'vitest'
import { makeGuest, plug, unplug } from './machines'

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

// A machine on which memory comes and goes for long: what it keeps does not grow.
import { createMachine, type Machine, MIB, refusalOf } from '@memhp/core'
import { clonePlain } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { GUEST, POWER_GUEST, plug, unplug } from './machines'
import { PLUGINS } from './plugins'

/** How many values a state holds, keys of maps and bytes of arrays included. */
function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (value instanceof Map) return sizeOf([...value])
  if (value instanceof Set) return sizeOf([...value])
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, each) => sum + sizeOf(each), 1)
}

function cycle(machine: Machine): void {
  plug(machine, { id: 'dimm', sizeBytes: 512 * MIB, node: 1 })
  unplug(machine, 'dimm')
}

describe.each([
  ['x86_64', GUEST],
  ['ppc64le', POWER_GUEST],
] as const)('a machine of %s on which a device came and went a hundred times', (_, description) => {
  const machine = createMachine({ ...description, journalLimit: 40 }, PLUGINS)
  const heard: number[] = []
  machine.observe((event) => {
    if (event.kind === 'uevent') heard.push(event.uevent.seqnum)
  })
  for (let i = 0; i < 10; i++) cycle(machine)
  const early = clonePlain(machine.state)
  for (let i = 0; i < 90; i++) cycle(machine)

  test('keeps as many entries of its journal as the description says, and observers heard all', () => {
    const { uevents, log, platform, mappings, work, seqnum } = machine.state.journal
    for (const list of [uevents, log, platform, mappings, work])
      expect(list.length).toBeLessThanOrEqual(40)
    expect(uevents.at(-1)?.seqnum).toBe(seqnum)
    expect(heard).toEqual(Array.from(heard, (_each, i) => seqnum - heard.length + 1 + i))
    expect(heard.length).toBeGreaterThanOrEqual(800)
  })

  test('holds no more than after ten times', () => {
    expect(sizeOf(machine.state.memory)).toBe(sizeOf(early.memory))
    checkInvariants(machine)
  })
})

test('a bound on the journal that is not a number of entries is refused, with its place', () => {
  for (const journalLimit of [-1, 0.5, Number.NaN]) {
    const refusal = refusalOf(() => createMachine({ ...GUEST, journalLimit }, PLUGINS))
    expect(refusal?.message).toContain('journalLimit: ')
  }
  const machine = createMachine({ ...GUEST, journalLimit: 0 }, PLUGINS)
  cycle(machine)
  expect(machine.state.journal.uevents).toEqual([])
})

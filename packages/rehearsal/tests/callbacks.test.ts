// What a plan or a run calls back may throw, answer nonsense, or ask the machine for an operation.
import { fingerprint, isHotplugError, type Machine } from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { blockFile } from '@memhp/kernel-files'
import type { BlockDependency, DependencyHook, RemovalGoal } from '@memhp/planner'
import { describe, expect, it } from 'vitest'
import { rehearse } from '../src/index'
import { FIRST, guest, topologyOfMachine } from './machines'

const PURPOSE = new Error('thrown on purpose')
const GOAL: RemovalGoal = { kind: 'device', devices: ['PNP0C80:01'] }
const BLOCKS = 8

const write =
  (path: string, text: string) =>
  ({ tree }: Machine): void => {
    try {
      tree.write(path, text)
    } catch (error) {
      if (!isHotplugError(error)) throw error
    }
  }

/** Operations that a callback asks for, on what is to go and beside it. */
const DEEDS: readonly (readonly [string, (machine: Machine) => void])[] = [
  ['a block to go offline', write(blockFile(FIRST + 3, 'state'), 'offline')],
  ['a block to come online', write(blockFile(FIRST, 'state'), 'online')],
  ['the device to be ejected', write('/sys/bus/acpi/devices/PNP0C80:01/eject', '1')],
  ['boot memory to go offline', write(blockFile(3, 'state'), 'offline')],
]

/** The machine after a removal in which nothing interferes. */
async function undisturbed(): Promise<string> {
  const machine = guest()
  await rehearse(machine, await topologyOfMachine(machine), GOAL)
  return fingerprint(machine)
}

describe('the hook that tells what lies in the way of blocks', () => {
  it('throws: the caller gets it, and nothing was done', async () => {
    const machine = guest()
    const before = fingerprint(machine)
    const topology = await topologyOfMachine(machine)
    const dependencies = (): never => {
      throw PURPOSE
    }
    await expect(rehearse(machine, topology, GOAL, { dependencies })).rejects.toBe(PURPOSE)
    expect(fingerprint(machine)).toBe(before)
  })

  it.each(DEEDS)('asks for %s: the run is of the machine as it is then', async (_, deed) => {
    const machine = guest()
    const dependencies: DependencyHook = () => {
      deed(machine)
      return []
    }
    const topology = await topologyOfMachine(machine)
    const { plan, outcome, execution } = await rehearse(machine, topology, GOAL, { dependencies })
    checkInvariants(machine)
    expect(plan.blocks).toHaveLength(BLOCKS)
    const isThere = machine.tree.lookup(blockFile(FIRST, 'state')) !== undefined
    expect(outcome === 'removed').toBe(!isThere && execution.outcome === 'done')
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'memory40'],
    ['a list of null', [null]],
    ['blocks by their names', [{ block: 'memory40', host: 41, what: 'a table' }]],
    ['a dependency of no kind', [{ block: FIRST, host: FIRST + 1 }]],
    ['half a block', [{ block: FIRST + 0.5, host: FIRST, what: 'a table' }]],
  ])('answers %s: it is refused, and nothing was done', async (_, answer) => {
    const machine = guest()
    const before = fingerprint(machine)
    const topology = await topologyOfMachine(machine)
    const options = { dependencies: () => answer as unknown as BlockDependency[] }
    await expect(rehearse(machine, topology, GOAL, options)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
    expect(fingerprint(machine)).toBe(before)
  })

  it.each([
    ['a circle', (at: number) => ({ block: FIRST + at, host: FIRST + ((at + 1) % BLOCKS) })],
    ['blocks that hold their own', (at: number) => ({ block: FIRST + at, host: FIRST + at })],
    ['blocks that are not there', (at: number) => ({ block: 7000 + at, host: FIRST + at })],
    ['one host for all', (at: number) => ({ block: FIRST + at, host: FIRST })],
    ['a chain', (at: number) => ({ block: FIRST + at + 1, host: FIRST + at })],
  ])('answers %s: each block is in the plan once', async (_, dependencyAt) => {
    const machine = guest()
    const dependencies = (): readonly BlockDependency[] =>
      Array.from({ length: 2 * BLOCKS }, (_, at) => ({
        ...dependencyAt(at % BLOCKS),
        what: 'a table',
      })) as unknown as BlockDependency[]
    const topology = await topologyOfMachine(machine)
    const { plan, outcome } = await rehearse(machine, topology, GOAL, { dependencies })
    const ids = plan.blocks.map(({ id }) => Number(id))
    expect(ids.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: BLOCKS }, (_, i) => FIRST + i),
    )
    expect(outcome).toBe('removed')
    checkInvariants(machine)
  })
})

describe('what is told of the progress', () => {
  it.each([0, 1, 5, 16, 17])('throws at call %i: the run ends as without it', async (call) => {
    const machine = guest()
    let calls = 0
    const onProgress = (): void => {
      if (calls++ === call) throw PURPOSE
    }
    const topology = await topologyOfMachine(machine)
    await expect(rehearse(machine, topology, GOAL, { onProgress })).rejects.toBe(PURPOSE)
    checkInvariants(machine)
    expect(fingerprint(machine)).toBe(await undisturbed())
  })

  it.each(DEEDS)('asks for %s: the machine is whole', async (_, deed) => {
    for (const call of [0, 4, 15]) {
      const machine = guest()
      let calls = 0
      const onProgress = (): void => {
        if (calls++ === call) deed(machine)
      }
      const topology = await topologyOfMachine(machine)
      const { outcome } = await rehearse(machine, topology, GOAL, { onProgress })
      checkInvariants(machine)
      const isThere = machine.tree.lookup(blockFile(FIRST, 'state')) !== undefined
      if (outcome === 'removed') expect(isThere).toBe(false)
    }
  })
})

// Rehearsals on Linux 3.10 with memory cgroups: what page_cgroup tables have to do with the order, and what an ejection risks.
import {
  blockId,
  createMachine,
  GIB,
  type Machine,
  nodeId,
  onlineBlock,
  platformOf,
  settle,
} from '@memhp/core'
import { pageCgroupHost } from '@memhp/core/inspect'
import { planRemoval, type RemovalGoal } from '@memhp/planner'
import { PLUGINS } from '@memhp/platforms'
import { describe, expect, test } from 'vitest'
import { pageCgroupDependencies, rehearse } from '../src/index'
import { topologyOfMachine } from './machines'

const FIRST = 32
/** Kernels of that time do not say which blocks are a device's: a node is asked for. */
const NODE: RemovalGoal = { kind: 'node', node: nodeId(1) }

/** A device at 4 GiB on the empty node 1, its blocks online, ascending. */
function withDevice(gib: number, kernel = 'v3.10'): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      kernel,
      nodes: [
        { id: 0, cpus: [0, 1] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      autoOnlineBlocks: 'offline',
      drivers: { acpi: { slots: 1, windowStart: 4 * GIB } },
    },
    PLUGINS,
  )
  platformOf(machine).plug(machine, { id: 'd0', sizeBytes: gib * GIB, node: 1 })
  settle(machine)
  for (const id of blocksOf(gib)) onlineBlock(machine, blockId(id), 'online')
  return machine
}

const blocksOf = (gib: number): readonly number[] =>
  Array.from({ length: 8 * gib }, (_, i) => FIRST + i)

const hostsOf = (machine: Machine, gib: number): ReadonlySet<number> =>
  new Set(blocksOf(gib).flatMap((nr) => pageCgroupHost(machine, nr as never) ?? []))

const offlined = (steps: readonly { readonly kind: string }[]): readonly unknown[] =>
  steps.flatMap((step) => ('block' in step ? [step.block] : []))

describe('page_cgroup tables', () => {
  test('2012/KP1 a star: the block that holds the tables of all others goes last, and the plan says why', async () => {
    const machine = withDevice(1)
    const rehearsal = await rehearse(machine, await topologyOfMachine(machine), NODE)
    expect(offlined(rehearsal.plan.steps).at(-1)).toBe(FIRST)
    const [warning] = rehearsal.plan.warnings.filter(({ kind }) => kind === 'goes-after')
    expect(warning?.message).toMatch(
      /^memory32 goes after memory33, .*memory39: the page_cgroup table of each lies in it/,
    )
    expect(rehearsal.outcome).toBe('offlined')
  })

  test('2012/KP1 a chain: each host goes after the blocks that it holds tables of, in one pass', async () => {
    const machine = withDevice(3)
    const hosts = [...hostsOf(machine, 3)].filter((host) => host >= FIRST)
    expect(hosts).toEqual([32, 40, 48])
    const rehearsal = await rehearse(machine, await topologyOfMachine(machine), NODE)
    const order = offlined(rehearsal.plan.steps)
    const places = [48, 40, 32].map((host) => order.indexOf(host))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(rehearsal.outcome).toBe('offlined')
  })

  test('without what is known of them, one ascending pass is refused at the first host', async () => {
    const machine = withDevice(1)
    const topology = await topologyOfMachine(machine)
    const options = { order: 'ascending', dependencies: () => [] } as const
    const rehearsal = await rehearse(machine, topology, NODE, options)
    expect(rehearsal).toMatchObject({
      outcome: 'refused',
      diagnosis: { block: FIRST, errno: 'EBUSY' },
    })
  })

  test('a block that holds the table of one which stays will not go, and the plan says so', async () => {
    const machine = withDevice(1)
    const topology = await topologyOfMachine(machine)
    const goal: RemovalGoal = { kind: 'blocks', blocks: [blockId(FIRST)] }
    const dependencies = pageCgroupDependencies(machine)
    const { warnings } = planRemoval(topology, goal, { dependencies })
    const [warning] = warnings.filter(({ kind }) => kind === 'holds-what-stays')
    expect(warning?.message).toMatch(
      /^memory32 will not go offline: the page_cgroup table of memory33/,
    )
  })
})

describe('a device that is pulled out although its memory stays', () => {
  test.each([
    ['v3.10', 1],
    ['rfc9', 0],
    ['v6.1', 0],
  ])('is named as the danger of %s: %i times', async (kernel, times) => {
    const machine = withDevice(1, kernel)
    const { plan } = await rehearse(machine, await topologyOfMachine(machine), NODE)
    const named = plan.warnings.filter(({ message }) => message.includes('D18'))
    expect(named).toHaveLength(times)
  })
})

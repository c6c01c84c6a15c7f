import { settle } from '@memhp/core'
import { executePlan, type Inconsistency, type Plan, planRemoval, verifyPlan } from '@memhp/planner'
import { describe, expect, test } from 'vitest'
import { FIRST, guest, topologyOfMachine } from './machines'

const kinds = (found: readonly Inconsistency[]): readonly string[] => [
  ...new Set(found.map(({ kind }) => kind)),
]

async function planned(blocks?: readonly number[]) {
  const machine = guest()
  const topology = await topologyOfMachine(machine)
  const plan = planRemoval(
    topology,
    blocks === undefined ? { kind: 'device', devices: ['PNP0C80:01'] } : { kind: 'blocks', blocks },
  )
  return { machine, plan }
}

describe('a tree in which nothing was done', () => {
  test('contradicts a removal on every point, and names the file of each', async () => {
    const { machine, plan } = await planned()
    const found = await verifyPlan(machine.tree, plan)
    expect(kinds(found)).toEqual([
      'block-still-there',
      'iomem-still-listed',
      'firmware-map-still-listed',
      'device-still-bound',
      'node-still-there',
    ])
    expect(found.map(({ path }) => path)).toContain('/sys/firmware/memmap/4')
    for (const { path } of found) expect(machine.tree.lookup(path)).toBeDefined()
  })

  test('contradicts blocks that should be offline', async () => {
    const { machine, plan } = await planned([FIRST])
    expect(kinds(await verifyPlan(machine.tree, plan))).toEqual(['block-not-offline'])
  })
})

test('a tree in which all was done agrees', async () => {
  const { machine, plan } = await planned()
  const settled = () => {
    settle(machine)
    return 'enough' as const
  }
  const { outcome } = await executePlan(machine.tree, plan, { settle: settled })
  expect(outcome).toBe('done')
  expect(await verifyPlan(machine.tree, plan)).toEqual([])
})

test('an entry of the firmware map for another range is none of the plan’s', async () => {
  const { machine, plan } = await planned()
  const shorter: Plan = {
    ...plan,
    expected: {
      ...plan.expected,
      goneRanges: plan.expected.goneRanges.map(({ start, end }) => ({
        start,
        end: (end - 4096) as typeof end,
      })),
    },
  }
  expect(kinds(await verifyPlan(machine.tree, shorter))).not.toContain('firmware-map-still-listed')
})

test('a run that ends without its result is inconsistent, and is told apart from a refusal', async () => {
  const { machine, plan } = await planned()
  const execution = await executePlan(
    machine.tree,
    {
      ...plan,
      expected: { ...plan.expected, goneNodes: [...plan.expected.goneNodes, ...nodesThatStay()] },
    },
    {
      settle: () => {
        settle(machine)
        return 'enough'
      },
    },
  )
  expect(execution.outcome).toBe('inconsistent')
  expect(kinds(execution.inconsistencies)).toEqual(['node-still-there'])
})

const nodesThatStay = (): Plan['expected']['goneNodes'] =>
  [0].map((id) => id as Plan['expected']['goneNodes'][number])

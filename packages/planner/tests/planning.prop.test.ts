import { isHotplugError } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { bestSubset } from '../src/goal/best-subset'
import { type Plan, planRemoval, type RemovalGoal } from '../src/index'
import { mayGo } from '../src/predict/prediction'
import { BLOCK_BYTES, type BlockSketch, topologyOf } from './topologies'

const RUNS = { numRuns: draws(300) }

/** One run of like blocks: boot memory or a device. */
const group = fc.record({
  length: fc.integer({ min: 1, max: 5 }),
  gap: fc.integer({ min: 0, max: 2 }),
  node: fc.integer({ min: 0, max: 2 }),
  zone: fc.constantFrom('Normal', 'Movable', 'DMA32', 'none'),
  state: fc.constantFrom('online' as const, 'online' as const, 'offline' as const),
  isDevice: fc.boolean(),
})

/** Machines of a few runs of blocks; some runs are devices: one each on ACPI, one for each block on POWER. */
const topologies: fc.Arbitrary<Topology> = fc
  .tuple(fc.array(group, { minLength: 1, maxLength: 7 }), fc.constantFrom('acpi', 'pseries'))
  .map(([groups, firmware]) => {
    const blocks: BlockSketch[] = []
    let id = 0
    for (const [index, { length, gap, node, zone, state, isDevice }] of groups.entries()) {
      id += gap
      for (let i = 0; i < length; i++, id++) {
        const name =
          firmware === 'acpi' ? `PNP0C80:0${index}` : `lmb@${(0x8000_0000 + id).toString(16)}`
        blocks.push({ id, node, zone, state, ...(isDevice ? { device: name } : {}) })
      }
    }
    return topologyOf({ blocks })
  })

const goals = (topology: Topology): fc.Arbitrary<RemovalGoal> => {
  const ids = topology.blocks.map(({ id }): number => id)
  const devices = topology.devices.map(({ name }) => name)
  const options: fc.Arbitrary<RemovalGoal>[] = [
    fc.subarray(ids, { minLength: 1 }).map((blocks) => ({ kind: 'blocks', blocks })),
    fc.constantFrom(...topology.nodes).map(({ id }) => ({ kind: 'node', node: id })),
    fc
      .integer({ min: 1, max: ids.length + 2 })
      .map((blocks) => ({ kind: 'size', sizeBytes: blocks * BLOCK_BYTES - 1 })),
  ]
  if (devices.length > 0) {
    options.push(
      fc.subarray(devices, { minLength: 1 }).map((names) => ({ kind: 'device', devices: names })),
    )
  }
  return fc.oneof(...options)
}

const planned = topologies.chain((topology) => goals(topology).map((goal) => ({ topology, goal })))

/** The plan of a goal; undefined for one that cannot be reached. */
function tryPlan(topology: Topology, goal: RemovalGoal): Plan | undefined {
  try {
    return planRemoval(topology, goal)
  } catch (error) {
    if (isHotplugError(error) && error.code === 'IMPOSSIBLE_GOAL') return undefined
    throw error
  }
}

function wantedBlocks(topology: Topology, goal: RemovalGoal): readonly number[] | undefined {
  switch (goal.kind) {
    case 'blocks':
      return goal.blocks
    case 'node':
      return topology.blocks.filter(({ nodes }) => nodes[0] === goal.node).map(({ id }) => id)
    case 'device':
      return topology.blocks
        .filter(({ device }) => device !== null && goal.devices.includes(device))
        .map(({ id }) => id)
    case 'range':
      return topology.blocks
        .filter(({ start, end }) => goal.start <= start && end <= goal.end)
        .map(({ id }) => id)
    case 'size':
      return undefined
  }
}

const ascending = (numbers: readonly number[]): readonly number[] =>
  [...numbers].sort((a, b) => a - b)

describe('every plan', () => {
  test('covers the goal, and nothing beside it', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        const wanted = wantedBlocks(topology, goal)
        if (plan === undefined || wanted === undefined) return
        expect(ascending(plan.blocks.map(({ id }) => id))).toEqual(ascending(wanted))
      }),
      RUNS,
    )
  })

  test('writes to each block that is not offline once, and to no other', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        if (plan === undefined) return
        const written = plan.steps.flatMap((step) => (step.kind === 'offline' ? [step.block] : []))
        const online = plan.blocks.filter(({ state }) => state !== 'offline').map(({ id }) => id)
        expect(written).toEqual(online)
        expect(new Set(written).size).toBe(written.length)
      }),
      RUNS,
    )
  })

  test('removes whole devices only, and after the last block is offline', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        if (plan === undefined) return
        const kinds = plan.steps.map(({ kind }) => kind)
        expect(kinds).toEqual([...kinds].sort())
        const first = kinds.indexOf('remove')
        expect(plan.pointOfNoReturn).toBe(first === -1 ? null : first)
        const going = new Set<number>(plan.blocks.map(({ id }) => id))
        for (const step of plan.steps) {
          if (step.kind !== 'remove') continue
          const devices = step.devices.flatMap((wanted) =>
            topology.devices.filter(({ name }) => name === wanted),
          )
          expect(devices).toHaveLength(step.devices.length)
          expect(step.blocks).toEqual(devices.flatMap(({ blocks }) => blocks))
          expect(step.blocks.every((id) => going.has(id))).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('expects each block either to go or to stay offline', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        if (plan === undefined) return
        const { goneBlocks, offlineBlocks } = plan.expected
        expect(ascending([...goneBlocks, ...offlineBlocks])).toEqual(
          ascending(plan.blocks.map(({ id }) => id)),
        )
      }),
      RUNS,
    )
  })

  test('is the same each time, and survives JSON', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        if (plan === undefined) return
        expect(planRemoval(topology, goal)).toEqual(plan)
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
      }),
      RUNS,
    )
  })
})

describe('a plan on POWER', () => {
  test('asks for each run of LMBs by one write, which names all of them and no others', () => {
    fc.assert(
      fc.property(planned, ({ topology, goal }) => {
        const plan = tryPlan(topology, goal)
        const steps = plan?.steps.flatMap((step) => (step.kind === 'remove' ? [step] : [])) ?? []
        const asked = steps
          .filter(({ path }) => path === '/sys/kernel/dlpar')
          .flatMap(({ text }) => {
            const [, count = '1', first = ''] =
              /^memory remove (?:index|indexed-count (\d+)) (0x[0-9a-f]+)$/.exec(text) ?? []
            return Array.from({ length: Number(count) }, (_, i) => Number(first) + i)
          })
        const wanted = topology.devices.flatMap(({ name, drcIndex }) =>
          plan?.devices.includes(name) && drcIndex !== null ? [drcIndex] : [],
        )
        expect(ascending(asked)).toEqual(ascending(wanted))
        const runs = wanted.filter((index) => !wanted.includes(index - 1))
        const lmbSteps = steps.filter(({ verb }) => verb === 'remove')
        expect(lmbSteps).toHaveLength(runs.length)
        for (const { text, undo } of lmbSteps)
          expect(undo?.text).toBe(text.replace('remove', 'add'))
      }),
      RUNS,
    )
  })
})

describe('a plan for a size', () => {
  const sized = topologies.chain((topology) =>
    fc
      .integer({ min: 1, max: topology.blocks.length + 2 })
      .map((blocks) => ({ topology, sizeBytes: blocks * BLOCK_BYTES })),
  )

  test('brings at least that, of blocks that are expected to go or whose refusal is a guess', () => {
    fc.assert(
      fc.property(sized, ({ topology, sizeBytes }) => {
        const plan = tryPlan(topology, { kind: 'size', sizeBytes })
        if (plan === undefined) return
        expect(plan.sizeBytes).toBeGreaterThanOrEqual(sizeBytes)
        for (const { prediction } of plan.blocks) expect(mayGo(prediction)).toBe(true)
      }),
      RUNS,
    )
  })

  test('exists for every size up to the most that a refusal names', () => {
    fc.assert(
      fc.property(sized, ({ topology, sizeBytes }) => {
        try {
          planRemoval(topology, { kind: 'size', sizeBytes })
        } catch (error) {
          if (!isHotplugError(error)) throw error
          const { mostBytes } = error.detail
          if (typeof mostBytes !== 'number' || mostBytes === 0) return
          const most = planRemoval(topology, { kind: 'size', sizeBytes: mostBytes })
          expect(most.sizeBytes).toBe(mostBytes)
        }
      }),
      RUNS,
    )
  })
})

describe('the best subset', () => {
  const candidates = fc.array(
    fc.record({ units: fc.integer({ min: 1, max: 9 }), cost: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 8 },
  )

  const total = (set: readonly { units: number; cost: number }[], key: 'units' | 'cost'): number =>
    set.reduce((sum, each) => sum + each[key], 0)

  test('is as good as that of trying them all', () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 1, max: 40 }), (all, wanted) => {
        const rank = (set: typeof all): readonly number[] => [
          total(set, 'units'),
          total(set, 'cost'),
          set.length,
        ]
        const best = Array.from({ length: 2 ** all.length }, (_, bits) =>
          all.filter((_each, i) => (bits >> i) % 2 === 1),
        )
          .filter((set) => total(set, 'units') >= wanted)
          .map(rank)
          .sort((a, b) => {
            const at = a.findIndex((value, i) => value !== b[i])
            return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
          })[0]
        const found = bestSubset(all, wanted)
        expect(found && rank([...found])).toEqual(best)
      }),
      { numRuns: draws(500) },
    )
  })

  test('of ten thousand that bring alike is found at once', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => ({ units: 1, cost: i % 7 }))
    const found = bestSubset(all, 5000) ?? []
    expect(found).toHaveLength(5000)
    expect(Math.max(...found.map(({ cost }) => cost))).toBe(3)
  })
})

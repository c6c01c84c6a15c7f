import { isHotplugError } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkPlanFile,
  estimateOf,
  type Plan,
  type PlanFile,
  parsePlanFile,
  planFileOf,
  planRemoval,
  type RemovalGoal,
  serialisePlanFile,
} from '../src/index'
import { BLOCK_BYTES, BLOCK_PAGES, blocksFrom, threeNodes, topologyOf } from './topologies'

const DEVICE: RemovalGoal = { kind: 'device', devices: ['PNP0C80:01'] }

const fileFor = (topology: Topology, goal: RemovalGoal = DEVICE): PlanFile =>
  planFileOf(planRemoval(topology, goal), topology, {
    tool: 'test',
    madeAt: '2026-01-02T03:04:05Z',
  })

const GOALS: readonly RemovalGoal[] = [
  DEVICE,
  { kind: 'blocks', blocks: [1, 40] },
  { kind: 'node', node: 1 },
  { kind: 'range', start: 32 * BLOCK_BYTES, end: 40 * BLOCK_BYTES },
  { kind: 'size', sizeBytes: BLOCK_BYTES, node: 2, zone: 'Movable' },
]

test.each(GOALS)('a file of %j is read as it was written, and holds', (goal) => {
  const file = fileFor(threeNodes(), goal)
  const read = parsePlanFile(serialisePlanFile(file))
  expect(read).toEqual(file)
  expect(checkPlanFile(read, threeNodes())).toMatchObject({ holds: true, changes: [] })
})

function faultOf(text: string): string {
  try {
    parsePlanFile(text)
  } catch (error) {
    if (isHotplugError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'nothing'
}

/** The text of a file in which one value is another. */
function changed(path: string, value: unknown): string {
  const file = JSON.parse(serialisePlanFile(fileFor(threeNodes())))
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const place = keys.reduce((at, key) => at[key], file)
  if (value === undefined) delete place[last]
  else place[last] = value
  return JSON.stringify(file)
}

describe('a damaged file is refused, with the place:', () => {
  test.each<[string, unknown, RegExp]>([
    ['format', 'memhp-capture', /^BAD_PLAN plan: format: not memhp-plan/],
    ['version', 2, /^UNKNOWN_VERSION plan of version 2; this release reads version 1/],
    ['plan.steps', undefined, /^BAD_PLAN plan: plan.*steps/],
    ['plan.steps.0.kind', 'format', /^BAD_PLAN plan: plan\.steps\.0: .*a step of a plan/],
    ['plan.steps.0.path', 7, /^BAD_PLAN plan: plan\.steps\.0/],
    ['plan.steps.0.path', '/proc/sysrq-trigger', /^BAD_PLAN plan: plan\.steps\.0/],
    ['plan.steps.0.path', '/sys/../etc/passwd', /^BAD_PLAN plan: plan\.steps\.0/],
    ['plan.goal', { kind: 'all' }, /^BAD_PLAN plan: plan\.goal: .*a goal of a plan/],
    ['plan.blocks.3.state', 'gone', /^BAD_PLAN plan: plan\.blocks\.3\.state/],
    ['plan.more', 1, /^BAD_PLAN plan: plan/],
    ['state.blocks.1.ids', '3-1', /^BAD_PLAN plan: state\.blocks\[1\]\.ids/],
    ['state.blocks.1.ids', '0-99999999', /^BAD_PLAN plan: state\.blocks\[1\]\.ids/],
  ])('%s: %j', (path, value, message) => {
    expect(faultOf(changed(path, value))).toMatch(message)
  })

  test.each(['', '[]', 'null', '{', '{"format":"memhp-plan"}', 'a\nb\n'])('%j', (text) => {
    expect(faultOf(text)).toMatch(/^BAD_PLAN plan: (?!.*SyntaxError).*$/)
  })

  test('any value in the place of another is read or refused, and breaks nothing', () => {
    const paths: string[] = []
    const collect = (value: unknown, path: string): void => {
      if (path !== '') paths.push(path)
      if (typeof value !== 'object' || value === null) return
      for (const [key, each] of Object.entries(value))
        collect(each, path === '' ? key : `${path}.${key}`)
    }
    collect(fileFor(threeNodes()), '')
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const text = changed(path, value)
        if (faultOf(text) === 'nothing') checkPlanFile(parsePlanFile(text), threeNodes())
      }),
      { numRuns: 300 },
    )
  })
})

const changesNow = (now: Topology, file = fileFor(threeNodes())) => {
  const { holds, changes } = checkPlanFile(file, now)
  expect(holds).toBe(changes.length === 0)
  return changes.map(({ kind, what, before, now: is }) => [kind, what, before, is])
}

describe('a machine that has moved on is told apart by', () => {
  test('blocks, the same change of many once', () => {
    const offline = threeNodes()
    const blocks = offline.blocks.map((block) =>
      block.id >= 40 && block.id < 44
        ? {
            ...block,
            state: 'offline' as const,
            zones: { kind: 'candidates', names: ['Normal', 'Movable'] } as const,
          }
        : block,
    )
    expect(changesNow({ ...offline, blocks })).toEqual([
      [
        'blocks',
        'memory40-43',
        'online, Movable, node 2, PNP0C80:01',
        'offline, Normal/Movable, node 2, PNP0C80:01',
      ],
    ])
  })

  test('blocks that are gone', () => {
    const now = threeNodes()
    const changes = changesNow({ ...now, blocks: now.blocks.filter(({ id }) => id !== 47) })
    expect(changes).toEqual([
      ['blocks', 'memory47', 'online, Movable, node 2, PNP0C80:01', 'not there'],
    ])
  })

  test('kernel and policy', () => {
    const now = threeNodes({ autoOnline: 'online' })
    expect(changesNow({ ...now, release: '6.2.0' })).toEqual([
      ['machine', 'kernel', '6.1.0', '6.2.0'],
      ['policy', 'auto_online_blocks', 'offline', 'online'],
    ])
  })

  test('what a block holds now, and room that is used up', () => {
    const blocks = (counts: object, used: number) =>
      topologyOf({
        blocks: [
          ...blocksFrom(0, 8),
          ...blocksFrom(40, 42, { zone: 'Movable', node: 1, device: 'PNP0C80:01', counts }),
        ],
        free: { '0/Normal': used },
      })
    const before = blocks({ anonymous: BLOCK_PAGES }, 8 * BLOCK_PAGES)
    const file = fileFor(before)
    expect(changesNow(blocks({ free: BLOCK_PAGES }, 8 * BLOCK_PAGES), file)).toEqual([])
    const reserved = changesNow(blocks({ reserved: 1, free: BLOCK_PAGES - 1 }, 8), file)
    expect(reserved[0]).toMatchObject(
      ['prediction', 'memory41', /^goes/, /^refuses \(certain\)/].map((each) =>
        each instanceof RegExp ? expect.stringMatching(each) : each,
      ),
    )
    const full = changesNow(blocks({ anonymous: BLOCK_PAGES }, 8), file)
    expect(full.map(([kind]) => kind)).toContain('room')
  })
})

test('steps that are not those of the same blocks are refused, whatever they write', () => {
  const file = fileFor(threeNodes())
  const [first, ...others] = file.plan.steps
  if (first?.kind !== 'offline') throw new Error('no step')
  const steps = [{ ...first, path: '/sys/power/state' }, ...others]
  const forged = parsePlanFile(JSON.stringify({ ...file, plan: { ...file.plan, steps } }))
  expect(checkPlanFile(forged, threeNodes())).toMatchObject({
    holds: false,
    changes: [{ kind: 'steps', before: '["offline","/sys/power/state","offline"]' }],
  })
  const fewer = parsePlanFile(
    JSON.stringify({
      ...file,
      plan: { ...file.plan, steps: others, pointOfNoReturn: others.length - 1 },
    }),
  )
  expect(checkPlanFile(fewer, threeNodes()).holds).toBe(false)
})

test('steps in an order that no plan has are refused, with the place', () => {
  const file = fileFor(threeNodes())
  const { steps, blocks } = file.plan
  const told = (plan: Partial<Plan>): string =>
    faultOf(JSON.stringify({ ...file, plan: { ...file.plan, ...plan } }))
  const [first, second] = blocks
  expect(told({ steps: steps.toReversed() })).toBe(
    `BAD_PLAN plan: plan.steps.1: memory${blocks.at(-1)?.id} goes offline behind what cannot be undone, step 1`,
  )
  expect(told({ blocks: [...blocks.slice(1, 2), ...blocks.slice(0, 1), ...blocks.slice(2)] })).toBe(
    `BAD_PLAN plan: plan.steps.0: memory${first?.id} goes offline, and the next of plan.blocks is memory${second?.id}`,
  )
  expect(told({ blocks: [] })).toBe(
    `BAD_PLAN plan: plan.steps.0: memory${first?.id} goes offline, and is not in plan.blocks`,
  )
  expect(told({ pointOfNoReturn: null })).toBe(
    `BAD_PLAN plan: plan.pointOfNoReturn: not ${steps.length - 1}, the first step that the kernel alone cannot undo`,
  )
})

test('a plan costs what has to move, at an assumed rate', () => {
  const topology = topologyOf({
    blocks: [
      ...blocksFrom(0, 8),
      ...blocksFrom(40, 42, {
        zone: 'Movable',
        device: 'PNP0C80:01',
        counts: { anonymous: 1000, hugetlb: 512, free: BLOCK_PAGES - 1512 },
      }),
    ],
  })
  const estimate = estimateOf(planRemoval(topology, DEVICE))
  expect(estimate).toMatchObject({ pages: 3024, bytes: 3024 * 4096, unknownBlocks: 0 })
  // Three steps: two blocks and the ejection.
  expect(estimate.seconds).toBeCloseTo((3024 * 4096) / 2 ** 29 + 0.15)
})

import { describe, expect, test, vi } from 'vitest'
import {
  expectationError,
  formatFailure,
  parseScenario,
  type RunOptions,
  runScenario,
  type ScenarioResult,
  startScenario,
  ueventText,
} from '../src/index'
import { PLUGINS } from './plugins'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

const HEAD = `memhp-scenario: 1
title: Test
machine: { memory: 1G, possible-nodes: 0-1, acpi: { slots: 2, window: { start: 4G } } }
`

async function run(steps: string, options: Partial<RunOptions> = {}): Promise<ScenarioResult> {
  const text = `${HEAD}steps:\n${steps}\n`
  return runScenario(parseScenario(text, { name: 'a.yaml' }), { plugins: PLUGINS, ...options })
}

const failuresOf = async (steps: string): Promise<string[]> =>
  (await run(steps)).failures.map(formatFailure)

const PLUG = '  - plug: { id: d1, size: 256M, node: 1 }\n'

describe('a failed expectation names step, place, what was expected and what was seen', () => {
  test.each([
    ['  - offline: 99', ['a.yaml:5:5: step 1: outcome:\n  expected\n    done\n  seen\n    ENOENT']],
    [
      `${PLUG}  - online: 32\n    errno: EBUSY`,
      ['a.yaml:7:5: step 2: outcome: expected EBUSY, seen done'],
    ],
    [
      `${PLUG}  - offline: 32\n    errno: EBUSY`,
      [
        'a.yaml:7:5: step 2: outcome:\n  expected\n    EBUSY\n  seen\n    EINVAL (ALREADY_IN_STATE)',
      ],
    ],
    [
      `${PLUG}  - offline: 32\n    code: UNMOVABLE_PAGE`,
      ['step 2: outcome:\n  expected\n    UNMOVABLE_PAGE\n  seen\n    EINVAL'],
    ],
    [
      '  - expect: { blocks: { 1-3: absent, 4: offline, 32-33: online Normal } }',
      [
        'a.yaml:5:25: step 1: memory1-3: expected absent, seen online DMA32',
        'a.yaml:5:38: step 1: memory4: expected offline, seen online',
        'a.yaml:5:50: step 1: memory32-33: expected online Normal, seen absent',
      ],
    ],
    [
      '  - expect: { blocks: { 4: { nodes: 1 } } }',
      ['step 1: memory4: expected on node 1, seen on node 0'],
    ],
    [
      '  - expect: { zones: { 0/DMA32: { start: 1G, present: 0 }, 7/Normal: empty } }',
      [
        'zone 0/DMA32: start: expected 262144 (1G), seen 4096 (16M)',
        'zone 0/DMA32: present: expected 0, seen',
        'zone 7/Normal: expected a zone, seen no such zone',
      ],
    ],
    [
      '  - expect: { nodes: { online: 0-1, has_memory: "" } }',
      ['node/online: expected 0-1, seen 0', 'node/has_memory: expected no node, seen 0'],
    ],
    [
      '  - expect: { iomem: Kernel code }',
      ['/proc/iomem:\n  expected\n    a text with: Kernel code'],
    ],
    [
      '  - expect: { files: { auto_online_blocks: online, memory1: x, memory99/state: x, memory1/state: absent } }',
      [
        'auto_online_blocks: expected online, seen offline',
        '/memory1:\n  expected\n    a text\n  seen\n    EISDIR',
        'memory99/state: expected a file, seen absent',
        'memory1/state: expected absent, seen there',
      ],
    ],
    [
      '  - read: { path: memory1/state, expect: offline }',
      ['a.yaml:5:34: step 1: text: expected offline, seen online'],
    ],
    [
      `${PLUG}  - online: 32\n    expect: { uevents: [], log: boom, platform: [X: { a: 1 }], plugged: [] }`,
      [
        'uevents: expected none, seen online memory32',
        'a text with: boom',
        'platform: expected X a=1, seen nothing',
        'plugged: expected nothing, seen d1',
      ],
    ],
    [
      `${PLUG}  - online: 32\n    expect: { mem-total: 0, kthreads: 0 }`,
      [
        'MemTotal: expected 0, seen +128M',
        'kswapd and kcompactd: expected nodes 0, seen nodes 0-1',
      ],
    ],
    [
      `${PLUG}  - snapshot: s\n  - online: 32\n    expect: { same-as: s }`,
      [
        'machine:\n  expected\n    the same as at snapshot s\n  seen\n    /proc/zoneinfo#1/Normal/managed: 0 ->',
      ],
    ],
    [
      '  - snapshot: s\n    expect: { differs-from: s }',
      ['machine: expected other than at snapshot s, seen the same'],
    ],
    [
      `${PLUG}  - online: { blocks: 32, zone: movable }
  - fill: { name: f, node: 1, size: 128M, policy: bind }
  - poison: { block: 32, page: 5 }
    expect: { intact: [f] }`,
      ['f: expected intact, seen 1 pages lost'],
    ],
  ])('%s', async (steps, expected) => {
    const seen = await failuresOf(steps)
    expect(seen).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(seen[index]).toContain(part)
  })

  test('as one refusal for callers that throw', async () => {
    const { failures } = await run('  - offline: 99')
    expect(expectationError(failures)).toMatchObject({
      code: 'EXPECTATION_FAILED',
      detail: { failures: [{ step: 1, place: { file: 'a.yaml', line: 5, column: 5 } }] },
    })
  })
})

describe('a run', () => {
  const THREE = '  - offline: 99\n  - offline: 98\n  - read: memory1/state'

  test('stops at the first step that fails', async () => {
    const { steps } = await run(THREE)
    expect(steps).toHaveLength(1)
  })

  test('goes on where it is told to', async () => {
    const { steps, failures } = await run(THREE, { onFailure: 'continue' })
    expect(steps.map(({ outcome }) => outcome.kind)).toEqual(['refused', 'refused', 'done'])
    expect(failures).toHaveLength(2)
  })

  test('stops after the step that is named as the last', async () => {
    const { steps } = await run(THREE, { onFailure: 'continue', until: 2 })
    expect(steps).toHaveLength(2)
    expect((await run(THREE, { until: 0 })).steps).toEqual([])
  })

  test('tells of each step when it has run', async () => {
    const told: number[] = []
    await run(THREE, { onFailure: 'continue', onStep: ({ step }) => void told.push(step.number) })
    expect(told).toEqual([1, 2, 3])
  })

  test('records what changed in the tree only where it is asked to', async () => {
    const [step] = (await run(PLUG)).steps
    expect(step).not.toHaveProperty('changes')
    const [recorded] = (await run(PLUG, { changes: 'record' })).steps
    expect(recorded?.changes).toContainEqual({
      key: '/sys/devices/system/memory/memory32/state',
      before: null,
      after: 'offline',
    })
    const memFree = (key: string): boolean => key.endsWith('#MemFree')
    const [read] = (await run('  - read: memory1/state', { changes: 'record' })).steps
    expect(read?.changes?.filter(({ key }) => !memFree(key))).toEqual([])
  })

  test('tells of each step what it changed, after a restored snapshot, too', async () => {
    const steps = `  - snapshot: a\n${PLUG}  - online: 32\n  - restore: a\n${PLUG}`
    const result = await run(steps, { changes: 'record' })
    expect(result.failures).toEqual([])
    const state = '/sys/devices/system/memory/memory32/state'
    const changes = result.steps.map(({ changes }) => changes?.find(({ key }) => key === state))
    expect(changes).toEqual([
      undefined,
      { key: state, before: null, after: 'offline' },
      { key: state, before: 'offline', after: 'online' },
      { key: state, before: 'online', after: null },
      { key: state, before: null, after: 'offline' },
    ])
  })

  test('records no changes of a machine with too many blocks', async () => {
    const text =
      'memhp-scenario: 1\ntitle: t\nmachine:\n  memory: 8T\n  block-size: 128M\nsteps:\n  - check\n'
    const scenario = parseScenario(text, { name: 'a.yaml' })
    await expect(runScenario(scenario, { plugins: PLUGINS, changes: 'record' })).rejects.toThrow(
      /at most 32768 memory blocks/,
    )
  })

  test('ends a list of blocks at the first refusal', async () => {
    const { steps } = await run(`${PLUG}  - online: 32,99,33\n    errno: ENOENT`)
    expect(steps[1]?.uevents.map(ueventText)).toEqual(['online memory32'])
  })

  test('can be stepped by hand', async () => {
    const scenario = parseScenario(`${HEAD}steps: [settle, check]\n`, { name: 'a.yaml' })
    const stepping = await startScenario(scenario, { plugins: PLUGINS })
    expect(stepping.next()?.step.number).toBe(1)
    expect(stepping.next()?.step.number).toBe(2)
    expect(stepping.next()).toBeUndefined()
  })
})

describe('deferred work', () => {
  const blocks = (text: string): string => `    expect: { blocks: { 32: ${text} } }\n`

  test('runs after every step', async () => {
    expect(await failuresOf(`${PLUG}${blocks('offline')}`)).toEqual([])
  })

  test('waits for a settle step where the scenario says so', async () => {
    const text = `${HEAD}settle: manual\nsteps:\n${PLUG}${blocks('absent')}  - settle:\n${blocks('offline')}`
    const result = await runScenario(parseScenario(text, { name: 'a.yaml' }), { plugins: PLUGINS })
    expect(result.failures).toEqual([])
  })
})

describe('names', () => {
  test('go back with the machine', async () => {
    const steps = `  - snapshot: s
  - fill: { name: f, size: 1M }
  - restore: s
    expect: { uevents: [], same-as: s }
  - drop: f
    errno: EINVAL
  - fill: { name: f, size: 1M }
  - fill: { name: f, size: 1M }
    errno: EEXIST`
    expect(await failuresOf(steps)).toEqual([])
  })

  test('given to more than a block holds leave nothing behind', async () => {
    const steps = `  - snapshot: s
  - unmovable: { name: k, block: 5, pages: 99999 }
    errno: ENOMEM
    expect: { same-as: s }
  - drop: k
    errno: EINVAL`
    expect(await failuresOf(steps)).toEqual([])
  })

  test('of kernel memory cannot be pinned', async () => {
    const steps = '  - unmovable: { name: k, block: 5 }\n  - pin: k\n    errno: EINVAL'
    expect(await failuresOf(steps)).toEqual([])
  })

  test('free what they took', async () => {
    const steps = `  - snapshot: s
  - unmovable: { name: k, block: 5, pages: 3 }
  - hugepages: { name: used, count: 2 }
  - hugepages: { name: spare, count: 2, state: free }
  - fill: { name: f, size: 3M, as: kernel }
    expect: { differs-from: s }
  - drop: f
  - drop: spare
  - drop: used
  - drop: k
  - check`
    expect(await failuresOf(steps)).toEqual([])
  })
})

describe('a machine that cannot be', () => {
  const boot = async (machine: string): Promise<unknown> => {
    const text = `memhp-scenario: 1\ntitle: t\nmachine: ${machine}\nsteps: [settle]\n`
    return runScenario(parseScenario(text, { name: 'a.yaml' }), { plugins: PLUGINS })
  }

  test.each([
    ['{ memory: 1M, layout: flat, block-size: 3M }', 'BAD_SCENARIO', 'a.yaml:3:1: blockSizeBytes'],
    ['{ memory: 4K }', 'BAD_SCENARIO', 'a.yaml:3:1:'],
    ['{ memory: 1G, drivers: { acpi: { slots: x } } }', 'BAD_SCENARIO', 'a.yaml:3:1: drivers.acpi'],
    ['{ memory: 1G, arch: vax }', 'UNKNOWN_PLUGIN', 'vax'],
    [
      '{ capture: host.json }',
      'BAD_SCENARIO',
      'a.yaml:3:1: nothing is given to load the capture with',
    ],
  ])('%s is refused with %s', async (machine, code, message) => {
    await expect(boot(machine)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  test('has no driver to plug with', async () => {
    const text = `memhp-scenario: 1\ntitle: t\nmachine: { memory: 1G, acpi: none }\nsteps:\n${PLUG}    code: UNKNOWN_PLUGIN\n`
    const result = await runScenario(parseScenario(text, { name: 'a.yaml' }), { plugins: PLUGINS })
    expect(result.failures).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { everyKernel, parseScenario, runOnKernels } from '../src/index'
import { PLUGINS } from './plugins'

const scenario = (): ReturnType<typeof parseScenario> =>
  parseScenario(
    `memhp-scenario: 1
title: A device comes and goes
machine: { memory: 1G, possible-nodes: 0-1, acpi: { slots: 1, window: { start: 4G } } }
steps:
  - plug: { id: dimm1, size: 128M, node: 1 }
    expect: { blocks: { 32: absent } }
  - write: { path: memory32/state, value: online }
  - write: { path: hard_offline_page, value: "0x200000000" }
`,
    { name: 'kernels.yaml' },
  )

describe('a scenario on several kernels', () => {
  test('is told step by step, once for kernels that make the same of a step, in the order asked for', async () => {
    const kernels = ['v7.3', 'v6.1', 'v6.12', 'v3.10']
    const { steps, unfit } = await runOnKernels(scenario(), kernels, { plugins: PLUGINS })
    expect(unfit).toEqual([])
    const told = steps.map(({ stories }) =>
      stories.map(({ kernels: who, outcome, uevents }) => [who.join(' '), outcome, uevents]),
    )
    const online = ['online memory32', 'online PNP0A06:04']
    expect(told).toEqual([
      [
        ['v7.3', 'done', ['add node1', 'add memory32', ...online]],
        ['v6.1', 'done', ['add memory32', 'add node1']],
        ['v6.12', 'done', ['add memory32', 'add node1', ...online]],
        ['v3.10', 'done', ['add PNP0C80:00', 'add memory32', 'add node1']],
      ],
      [
        ['v7.3 v6.12', 'EINVAL (ALREADY_IN_STATE): memory32 is that already.', []],
        ['v6.1', 'done', ['online memory32']],
        ['v3.10', 'done', ['online memory32']],
      ],
      [
        ['v7.3', 'EBUSY (PAGE_NOT_ONLINE): Page 0x200000 is not online.', []],
        ['v6.1 v6.12', 'ENXIO (PAGE_NOT_ONLINE): Page 0x200000 is not online.', []],
        ['v3.10', 'ENXIO (PAGE_NOT_ONLINE): Page 0x200000 is not online.', []],
      ],
    ])
  })

  test('names the kernels that its machine cannot have, and runs on the others', async () => {
    const { steps, unfit } = await runOnKernels(scenario(), ['v3.10', 'v9.9'], {
      plugins: PLUGINS,
      until: 1,
    })
    expect(unfit).toEqual([{ kernel: 'v9.9', why: expect.stringContaining('v9.9') }])
    expect(steps).toHaveLength(1)
    expect(steps[0]?.stories.map(({ kernels }) => kernels)).toEqual([['v3.10']])
  })

  test('records what each kernel changed in files where that is asked for', async () => {
    const options = { plugins: PLUGINS, until: 1, changes: 'record' as const }
    const { steps } = await runOnKernels(scenario(), ['v6.1'], options)
    expect(steps[0]?.stories[0]?.changes).toContain(
      '/sys/devices/system/memory/memory32/state: absent -> offline',
    )
  })

  test('needs a machine that is described: a captured one has the kernel of its host', async () => {
    const captured = parseScenario(
      'memhp-scenario: 1\ntitle: x\nmachine: { capture: host.json }\nsteps: [check]\n',
      { name: 'x' },
    )
    await expect(runOnKernels(captured, ['v6.1'], { plugins: PLUGINS })).rejects.toThrow(
      'the kernel of its host',
    )
  })

  test('all kernels are at least ten, oldest first, each once', () => {
    const kernels = everyKernel()
    expect(kernels.slice(0, 5)).toEqual(['rfc9', 'v3.10', 'v5.10.213', 'v5.10', 'v6.1.82'])
    expect(kernels.at(-1)).toBe('v7.3')
    expect(new Set(kernels).size).toBe(kernels.length)
    expect(kernels.length).toBeGreaterThanOrEqual(10)
  })
})

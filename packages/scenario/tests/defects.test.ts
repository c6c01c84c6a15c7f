import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { formatFailure, parseScenario, runScenario } from '../src/index'
import { PLUGINS } from './plugins'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

const FOLDER = new URL('../../../scenarios/defects/', import.meta.url)
const SCENARIOS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => {
    const scenario = parseScenario(readFileSync(new URL(name, FOLDER), 'utf8'), { name })
    return [name.replace('.yaml', ''), scenario] as const
  })

describe('the scenario of a defect', () => {
  test('there are some', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(10)
  })

  test.each(SCENARIOS)('%s has that defect alone', (id, { machine }) => {
    expect(machine).toMatchObject({ description: { defects: [id] } })
  })

  test.each(SCENARIOS)('%s shows its harm', async (_, scenario) => {
    const { failures } = await runScenario(scenario, { plugins: PLUGINS, onFailure: 'continue' })
    expect(failures.map(formatFailure)).toEqual([])
  })

  test.each(SCENARIOS)('%s shows its cure, and every invariant holds then', async (_, scenario) => {
    const { failures } = await runScenario(scenario, {
      plugins: PLUGINS,
      onFailure: 'continue',
      defects: 'left-out',
      invariants: 'check',
    })
    expect(failures.map(formatFailure)).toEqual([])
  })

  test.each(SCENARIOS)('%s tells the harm from the cure', async (_, scenario) => {
    const without = { plugins: PLUGINS, onFailure: 'continue', defects: 'left-out' } as const
    const steps = scenario.steps.map(({ cured: _cured, ...step }) => step)
    const { failures } = await runScenario({ ...scenario, steps }, without)
    expect(failures).not.toEqual([])
  })
})

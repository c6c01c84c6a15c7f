import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { actionText, formatFailure, parseScenario, runScenario } from '../src/index'
import { loadCapture, PLUGINS, SHIPPED } from './plugins'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

const README = readFileSync(new URL('../../../scenarios/README.md', import.meta.url), 'utf8')

describe('a shipped scenario', () => {
  test('there are some', () => {
    expect(SHIPPED.length).toBeGreaterThanOrEqual(10)
  })

  test.each(SHIPPED)('%s runs and everything is as expected', async (name, text) => {
    const scenario = parseScenario(text, { name })
    const result = await runScenario(scenario, {
      plugins: PLUGINS,
      loadCapture,
      onFailure: 'continue',
      invariants: 'check',
    })
    expect(result.failures.map(formatFailure)).toEqual([])
    expect(result.steps).toHaveLength(scenario.steps.length)
  })

  test.each(SHIPPED)('%s runs the same every time', async (name, text) => {
    const run = async (): Promise<string> => {
      const { steps } = await runScenario(parseScenario(text, { name }), {
        plugins: PLUGINS,
        loadCapture,
        changes: 'record',
      })
      return JSON.stringify(steps)
    }
    expect(await run()).toBe(await run())
  })

  test.each(SHIPPED)('%s is told in words, with what is made to fail and why', (name, text) => {
    for (const { action, note } of parseScenario(text, { name }).steps) {
      if (action === undefined) continue
      expect(actionText(action)).not.toMatch(/[{}]|"\w+":/)
      if (action.kind !== 'operation' || action.fault?.point === undefined) continue
      expect(actionText(action)).toContain(action.fault.point)
      expect(note, `${name}: a note on ${action.fault.point}`).toBeDefined()
    }
  })

  test.each(SHIPPED)('%s is in the list of the folder', (name) => {
    expect(README).toContain(`(${name})`)
  })

  test.each(SHIPPED)('%s begins with a comment for its readers', (_, text) => {
    expect(text).toMatch(/^# .+\n#\n/)
  })
})

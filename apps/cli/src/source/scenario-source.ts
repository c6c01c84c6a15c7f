import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { BootOptions, Scenario, ScenarioResult } from '@memhp/scenario'
import { withFile } from '../file-problem'
import { readNamedCapture } from './capture-source'
import { loadPlugins } from './plugins'

/**
 * Reads a scenario file.
 * @throws HotplugError BAD_SCENARIO with places, UNKNOWN_VERSION; CliError where the file system refuses
 */
export async function readScenarioFile(path: string): Promise<Scenario> {
  const { parseScenario } = await import('@memhp/scenario')
  const text = await withFile(path, async () => readFile(path, 'utf8'))
  return parseScenario(text, { name: path })
}

/** What a scenario's machine is made of. A capture that the scenario names is looked for beside the scenario. */
export async function scenarioBootOptions(path: string): Promise<BootOptions> {
  return {
    plugins: await loadPlugins(),
    loadCapture: async (capture) => readNamedCapture(resolve(dirname(path), capture)),
  }
}

/**
 * Runs a scenario file to its end.
 * @throws HotplugError EXPECTATION_FAILED where a step went otherwise than the scenario says; what reading it throws
 */
export async function runScenarioFile(path: string): Promise<ScenarioResult> {
  const { expectationError, runScenario } = await import('@memhp/scenario')
  const scenario = await readScenarioFile(path)
  const result = await runScenario(scenario, await scenarioBootOptions(path))
  if (result.failures.length > 0) throw expectationError(result.failures)
  return result
}

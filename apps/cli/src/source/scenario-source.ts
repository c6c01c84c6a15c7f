import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readRegularFile } from '@memhp/host'
import type { BootOptions, Scenario, ScenarioResult } from '@memhp/scenario'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import type { OpenedSource } from './opened-source'
import { loadPlugins } from './plugins'

/** Most bytes of a scenario: what a person writes is far smaller. */
const LARGEST_SCENARIO = 2 ** 22

/**
 * Reads a scenario file.
 * @returns the scenario, and the text that says it
 * @throws HotplugError BAD_SCENARIO with places, UNKNOWN_VERSION; NOT_READABLE;
 *   CliError where the file system refuses
 */
export async function readScenarioText(
  path: string,
): Promise<{ readonly scenario: Scenario; readonly text: string }> {
  const { parseScenario } = await import('@memhp/scenario')
  const options = { path, encoding: 'utf8', largestBytes: LARGEST_SCENARIO } as const
  const text = await withFile(path, async () => readRegularFile(path, options))
  return { scenario: parseScenario(text, { name: path }), text }
}

/** The scenario of a file. @throws as `readScenarioText` */
export const readScenarioFile = async (path: string): Promise<Scenario> =>
  (await readScenarioText(path)).scenario

/**
 * The scenario files that words name: a folder stands for those in it, by name.
 * @throws CliError for a folder without any, and where the file system refuses
 */
export async function scenarioPaths(words: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = []
  for (const word of words) {
    const stats = await withFile(word, async () => stat(word))
    if (!stats.isDirectory()) {
      paths.push(word)
      continue
    }
    const entries = await withFile(word, async () => readdir(word))
    const names = entries.filter((name) => /\.ya?ml$/i.test(name)).sort()
    if (names.length === 0) {
      throw new CliError(`${word} holds no scenario`, {
        remedy: 'name a file, or a folder of .yaml files',
      })
    }
    paths.push(...names.map((name) => join(word, name)))
  }
  return paths
}

/** What a scenario's machine is made of. A capture that the scenario names is looked for beside the scenario. */
export async function scenarioBootOptions(path: string): Promise<BootOptions> {
  return {
    plugins: await loadPlugins(),
    loadCapture: async (capture) => {
      const { readNamedCapture } = await import('./capture-source')
      return readNamedCapture(resolve(dirname(path), capture))
    },
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

/**
 * The machine of a scenario as the scenario leaves it, to be read.
 * @throws what `runScenarioFile` throws
 */
export async function openScenario(path: string): Promise<OpenedSource> {
  const { machine } = await runScenarioFile(path)
  const { arch, geometry, tree } = machine
  return { tree, known: { arch: arch.name, pageBytes: geometry.pageBytes } }
}

import type { Machine } from '@memhp/core'
import { CliError } from '../errors'
import { describeSource, type SourceChoice } from './choice'
import { loadPlugins } from './plugins'

/** A machine, and what it takes for true without evidence, as sentences. */
export interface OpenedMachine {
  readonly machine: Machine
  readonly assumptions: readonly string[]
}

/**
 * Builds the machine of a source: the twin of a capture, or a scenario's machine as the scenario leaves it.
 * @throws CliError for a host or a folder, which are not machines; what building throws
 */
export async function openMachine(choice: SourceChoice): Promise<OpenedMachine> {
  switch (choice.kind) {
    case 'host':
    case 'folder':
      throw new CliError(`${describeSource(choice)} does not tell that: only a machine does`, {
        remedy: 'memhp capture -o FILE, then the same with FILE, which asks its twin',
      })
    case 'capture': {
      const { twinOf } = await import('@memhp/twin')
      const { readNamedCapture } = await import('./capture-source')
      return twinOf(await readNamedCapture(choice.path), await loadPlugins())
    }
    case 'scenario': {
      const { runScenarioFile } = await import('./scenario-source')
      return { machine: (await runScenarioFile(choice.path)).machine, assumptions: [] }
    }
  }
}

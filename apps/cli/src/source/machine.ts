import type { Machine } from '@memhp/core'
import { CliError } from '../errors'
import { describeSource, type SourceChoice } from './choice'

/**
 * Builds the machine of a source: the twin of a capture, or a scenario's machine as the scenario leaves it.
 * @throws CliError for a host or a folder, which are no machines; what building throws
 */
export async function openMachine(choice: SourceChoice): Promise<Machine> {
  switch (choice.kind) {
    case 'host':
    case 'folder':
      throw new CliError(`${describeSource(choice)} does not tell that: only a machine does`, {
        remedy: 'memhp capture -o FILE, then the same with FILE, which asks its twin',
      })
    case 'capture':
    case 'scenario':
      throw new CliError(`this release cannot build the machine of ${describeSource(choice)} yet`)
  }
}

import type { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import type { CliContext } from '../context'
import { GENERAL_HELP } from '../general-help'
import { COMMANDS } from './registry'

const HELP = `
Made of what each command says of itself.

Examples:
  memhp man | man -l -                                       reads it
  memhp man > /usr/local/share/man/man1/memhp.1              installs it
`

/** `memhp man`. */
export function configure(command: Command, context: () => CliContext): void {
  command.addHelpText('after', HELP).action(async () => {
    const { describeCommands } = await import('../describe/command-shape')
    const { manPage } = await import('../describe/man-page')
    const about = { version: manifest.version, general: GENERAL_HELP.trim() }
    context().print(manPage(await describeCommands(COMMANDS), about))
  })
}

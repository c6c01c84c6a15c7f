import { Argument, type Command } from 'commander'
import type { CliContext } from '../context'
import { SHELLS, type ShellName } from '../describe/completion'
import { COMMANDS } from './registry'

const HELP = `
Examples:
  source <(memhp completion bash)                                      now, or in ~/.bashrc
  memhp completion zsh > ~/.zfunc/_memhp                               in a folder of $fpath
  memhp completion fish > ~/.config/fish/completions/memhp.fish
`

/** `memhp completion`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .addArgument(new Argument('<shell>', 'the shell that is to complete').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: ShellName) => {
      const { describeCommands } = await import('../describe/command-shape')
      const { completionScript } = await import('../describe/completion')
      context().print(completionScript(shell, await describeCommands(COMMANDS)))
    })
}

import { Command } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { COMMANDS, type CommandEntry } from './commands/registry'
import { type CliContext, createContext, type GlobalFlags, type Outside } from './context'
import { GENERAL_HELP } from './general-help'
import { messageText } from './output/message-text'

/** The command that the arguments name, and the one that `help` is asked for; undefined for none. */
function namedCommand(args: readonly string[]): {
  readonly name: string | undefined
  readonly topic: string | undefined
} {
  const [first, second] = args.filter((word) => !word.startsWith('-'))
  const topic = first === 'help' ? second : undefined
  return { name: topic ?? first, topic }
}

const isCommand = (name: string): boolean =>
  name === 'help' || COMMANDS.some((entry) => entry.name === name)

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

async function addCommand(
  program: Command,
  entry: CommandEntry,
  options: { readonly isNamed: boolean; readonly context: () => CliContext },
): Promise<void> {
  const command = program
    .command(entry.name)
    .summary(entry.summary)
    .description(sentence(entry.summary))
  command.showHelpAfterError(`Try: memhp ${entry.name} --help`)
  if (!options.isNamed) return
  const module = await entry.load()
  module.configure(command, options.context)
}

/**
 * Builds the program: every command is listed, and only the one that the arguments name is loaded.
 * @param args without the interpreter and the script
 */
export async function createProgram(args: readonly string[], outside: Outside): Promise<Command> {
  const program = new Command('memhp')
    .description(
      'Memory hot-plug and hot-remove: capture, list, rehearse; and the model against real kernels.',
    )
    .option('--color', 'colour the output')
    .option('--no-color', 'do not colour the output (also NO_COLOR=1)')
    .addHelpText('after', GENERAL_HELP)
    .showHelpAfterError('Try: memhp --help')
    .configureOutput({
      writeOut: (text) => void outside.stdout.write(text),
      writeErr: (text) => void outside.stderr.write(text),
      outputError: (text, write) =>
        write(`${messageText(text.replace(/^error: /, 'memhp: ').trimEnd())}\n`),
    })
    .exitOverride()
  const context = (): CliContext => createContext(program.opts<GlobalFlags>(), outside)
  program.version(manifest.version, '-V, --version', 'print the version')
  const { name, topic } = namedCommand(args)
  for (const entry of COMMANDS) {
    await addCommand(program, entry, { isNamed: entry.name === name, context })
  }
  // Commander shows its own help then, and says nothing of the name.
  if (topic !== undefined && !isCommand(topic)) program.error(`error: unknown command '${topic}'`)
  return program
}

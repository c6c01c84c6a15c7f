import { Command, type Option } from 'commander'
import type { CliContext } from '../context'

/** An option, as people type it. */
export interface OptionShape {
  /** `-o`, where there is one. */
  readonly short: string | undefined
  /** `--output`. */
  readonly long: string | undefined
  /** As the help has it: `-o, --output <file>`. */
  readonly flags: string
  readonly description: string
  readonly takes: 'nothing' | 'value' | 'maybe a value'
  readonly choices: readonly string[]
}

/** A command as its help tells of it. */
export interface CommandShape {
  readonly name: string
  readonly summary: string
  /** `[options] <machine> <directory>`. */
  readonly usage: string
  readonly options: readonly OptionShape[]
  readonly commands: readonly CommandShape[]
  /** What stands below the options: prose, exit codes, examples. */
  readonly more: string
}

const optionShape = (option: Option): OptionShape => ({
  short: option.short,
  long: option.long,
  flags: option.flags,
  description: option.description,
  takes: option.required ? 'value' : option.optional ? 'maybe a value' : 'nothing',
  choices: option.argChoices ?? [],
})

/** The help that a command adds to what Commander makes of its options. */
function moreHelp(command: Command): string {
  let whole = ''
  command.configureOutput({
    writeOut: (text) => {
      whole += text
    },
  })
  command.outputHelp()
  return whole.slice(command.helpInformation().length).trim()
}

const shapeOf = (command: Command, summary: string): CommandShape => ({
  name: command.name(),
  summary,
  usage: command.usage(),
  options: command.options.map(optionShape),
  commands: command.commands.map((each) => shapeOf(each, each.summary() || each.description())),
  more: moreHelp(command),
})

const noContext = (): CliContext => {
  throw new Error('a command is described, not run')
}

/** A command that can be described: an entry of the list of commands. */
export interface DescribedEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{
    readonly configure: (command: Command, context: () => CliContext) => void
  }>
}

async function describe({ name, summary, load }: DescribedEntry): Promise<CommandShape> {
  const command = new Command(name).summary(summary)
  const { configure } = await load()
  configure(command, noContext)
  return shapeOf(command, summary)
}

/** Commands as their own help tells of them. Loads them all. */
export const describeCommands = (
  entries: readonly DescribedEntry[],
): Promise<readonly CommandShape[]> => Promise.all(entries.map(describe))

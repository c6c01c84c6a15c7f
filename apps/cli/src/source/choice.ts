import { type Command, Option } from 'commander'
import { CliError } from '../errors'

/** Where a command reads its machine from. */
export type SourceChoice =
  | { readonly kind: 'host' }
  | { readonly kind: 'capture'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'scenario'; readonly path: string }

/** A machine elsewhere, which is read there. */
interface FarSource {
  readonly kind: 'far'
  /** As messages name it. */
  readonly name: string
  /** What names it on a command line, after a blank. */
  readonly flags: string
}

/** Where a machine was read from. */
export type NamedSource = SourceChoice | FarSource

/** The flags of `addSourceOptions`. */
export interface SourceFlags {
  readonly capture?: string
  readonly sysroot?: string
  readonly scenario?: string
}

/** What the positional argument of a command that reads a machine says in the help. */
export const CAPTURE_ARGUMENT = 'capture file, packed (.gz) or not; default: this host'

/** The same of a command that takes scenarios by their names, too. */
export const MACHINE_ARGUMENT =
  'capture file, packed (.gz) or not, or scenario (.yaml); default: this host'

/** Adds the flags that say where the machine is read from. A positional capture is the command's own. */
export function addSourceOptions(
  command: Command,
  { sysroot = '--sysroot <dir>' }: { readonly sysroot?: string } = {},
): Command {
  const group = 'Sources (this host unless one is named):'
  const options = [
    new Option('--capture <file>', 'a file that memhp capture wrote, packed (.gz) or not'),
    new Option(sysroot, 'a folder that holds a copy of /sys and /proc'),
    new Option('--scenario <file>', 'the machine of a scenario, as the scenario leaves it'),
  ]
  for (const option of options) command.addOption(option.helpGroup(group))
  return command
}

/**
 * Finds out which source is meant.
 * @param positional a capture file named without a flag
 * @throws CliError where two are named
 */
export function chooseSource(positional: string | undefined, flags: SourceFlags): SourceChoice {
  const named: SourceChoice[] = []
  if (positional !== undefined) named.push({ kind: 'capture', path: positional })
  if (flags.capture !== undefined) named.push({ kind: 'capture', path: flags.capture })
  if (flags.sysroot !== undefined) named.push({ kind: 'folder', path: flags.sysroot })
  if (flags.scenario !== undefined) named.push({ kind: 'scenario', path: flags.scenario })
  if (named.length <= 1) return named[0] ?? { kind: 'host' }
  const sources = named.map((choice) => ('path' in choice ? choice.path : choice.kind))
  throw new CliError(`more than one source is named: ${sources.join(', ')}`, {
    remedy: 'name one capture file, or one of --capture, --sysroot, --scenario',
  })
}

/** A source in words, for headings and messages. */
export function describeSource(choice: NamedSource): string {
  if (choice.kind === 'far') return choice.name
  return choice.kind === 'host' ? 'this host' : `${choice.kind} ${choice.path}`
}

/**
 * The same, where a positional file that ends in .yaml is a scenario.
 * @throws CliError where two are named
 */
export const chooseMachine = (positional: string | undefined, flags: SourceFlags): SourceChoice => {
  const isScenario = positional !== undefined && /\.ya?ml$/i.test(positional)
  if (!isScenario || flags.scenario !== undefined) return chooseSource(positional, flags)
  return chooseSource(undefined, { ...flags, scenario: positional })
}

/** The source as it is named on the command line, after a blank; empty for this host. */
export function sourceArguments(choice: NamedSource): string {
  switch (choice.kind) {
    case 'far':
      return choice.flags
    case 'host':
      return ''
    case 'capture':
      return ` ${choice.path}`
    case 'folder':
      return ` --sysroot ${choice.path}`
    case 'scenario':
      return ` --scenario ${choice.path}`
  }
}

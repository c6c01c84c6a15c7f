import type { UeventDelivery } from '@memhp/mount'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliContext } from '../context'
import { askControl, findControl } from '../control/control-client'
import { type ControlAnswer, type ControlRequest, UEVENT_DELIVERIES } from '../control/protocol'
import { CliError, EXIT } from '../errors'
import { COMMANDS } from '../shell/commands'
import { shellWord } from '../text/shell-word'

interface CtlFlags {
  readonly mount?: string
  readonly uevents?: UeventDelivery
  readonly pace?: number | 'none'
  readonly watch?: true
}

/** A word of the machine's shell. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellWord(word))

/** One word is a line of the shell; several are a command and its arguments. */
const lineOf = (words: readonly string[]): string =>
  words.length === 1 ? (words[0] ?? '') : words.map(quoted).join(' ')

function requestOf(words: readonly string[], { pace, uevents }: CtlFlags): ControlRequest {
  if (uevents !== undefined) return { uevents }
  if (pace === undefined) return { run: lineOf(words) }
  return { pace: pace === 'none' ? null : pace }
}

/** Never null, which commander takes for no value. @throws InvalidArgumentError for another text */
function readPace(text: string): number | 'none' {
  if (text === 'none') return text
  if (/^\d{1,12}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('expected pages a second, 1000, or none.')
}

async function watch(path: string, context: CliContext): Promise<void> {
  const signal = context.interruptSignal()
  for await (const uevent of askControl(path, { watch: true }, signal)) {
    context.print(`${JSON.stringify(uevent)}\n`)
  }
}

async function control(
  words: readonly string[],
  flags: CtlFlags,
  context: CliContext,
): Promise<void> {
  const { pace, uevents } = flags
  const asked = [flags.watch === true, uevents !== undefined, pace !== undefined, words.length > 0]
  const count = asked.filter(Boolean).length
  if (count > 1)
    throw new CliError('a command, --watch, --uevents and --pace are asked for one at a time')
  if (count === 0) {
    throw new CliError('ctl needs a command, --watch, --uevents, or --pace', {
      remedy: `a command of the machine's shell: ${Object.keys(COMMANDS).slice(0, 6).join(', ')}, … (memhp ctl help)`,
    })
  }
  const path = findControl(flags.mount)
  if (flags.watch) return watch(path, context)
  const signal = context.interruptSignal()
  for await (const answer of askControl(path, requestOf(words, flags), signal)) {
    const { out, err, status } = answer as ControlAnswer
    context.print(out)
    if (err !== '') context.warn(err.replace(/\n$/, ''))
    if (status !== 0) throw new CliError('', { exitCode: status })
    return
  }
  throw new CliError('the machine was unmounted before it answered', { exitCode: EXIT.refused })
}

const HELP = `
The commands are those of memhp shell: what hypervisor, programs and a fault would do to the machine, and files
to read and write. The machine is that of --mount; in a program that memhp exec runs, its machine; else the only
one that is mounted.

Exit code: that of the command; 2 for words that cannot be read, 127 for a command that is not there.

Examples:
  memhp ctl plug d1 1G                            the hypervisor plugs a DIMM
  memhp ctl 'fill f 512M node=0; pin f'           memory that is in use, and cannot move
  memhp ctl inject MEM_GOING_OFFLINE EBUSY        a notifier refuses from now on
  memhp ctl snapshot before                       … and restore before
  memhp ctl --mount /tmp/m unplug d1              of one machine among several
  memhp ctl --uevents held                        late uevents; those so far come with --uevents prompt, or get lost
  memhp ctl --pace 1000                           taking memory offline takes time, …
  memhp ctl tick 5s                               … which passes so; a virtio-mem device tries again after 50s
  memhp ctl --watch                               uevents, a line of JSON each, until Ctrl-C
`

/** `memhp ctl`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('[command...]', "a command of the machine's shell; several in one quoted line")
    .option('--mount <dir>', 'where the machine is mounted')
    .option('--watch', 'print uevents as they are delivered')
    .addOption(
      new Option(
        '--uevents <how>',
        'deliver uevents at once (as at first), when this asks for it, or never',
      ).choices(UEVENT_DELIVERIES),
    )
    .addOption(
      new Option(
        '--pace <pages>',
        'pages that move each second of the machine’s clock out of memory that a program takes offline; none: all at once, as at first',
      ).argParser(readPace),
    )
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], flags: CtlFlags) => {
      await control(words, flags, context())
    })
}

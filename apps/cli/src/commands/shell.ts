import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import {
  MACHINE_ARGUMENT,
  openNamedSession,
  openSessionOf,
  type SessionWish,
} from '../session/open-session'
import { DEFAULT_ARCHS } from '../shell/default-machine'
import { runText } from '../shell/execute'
import { runRepl } from '../shell/repl'
import { createShell, type ShellIo } from '../shell/state'
import { defectOption, GENERATION_HELP } from '../source/machine'
import { readStepNumber } from '../source/step-number'

interface ShellFlags extends SessionWish {
  readonly command?: string
}

function shellIo(context: CliContext): ShellIo {
  const { columns } = context
  return {
    stdin: '',
    out: context.print,
    err: (text) => context.warn(text.replace(/\n$/, '')),
    ...(columns === undefined ? {} : { columns }),
  }
}

async function runShell(
  path: string | undefined,
  flags: ShellFlags,
  context: CliContext,
): Promise<void> {
  const isNamed = path !== undefined && flags.arch === undefined
  const shell = createShell(
    await (isNamed ? openNamedSession(path, flags) : openSessionOf(path, flags)),
  )
  const { stdin, stdout } = process
  const isInteractive = flags.command === undefined && stdin.isTTY === true
  const io = shellIo(context)
  if (isInteractive)
    context.print('A model of a machine. Nothing here touches this host. Try: help\n')
  const status =
    flags.command === undefined
      ? await runRepl(shell, { input: stdin, output: stdout, isInteractive }, io)
      : await runText(shell, flags.command, io)
  const exitCode = shell.exit ?? status
  // Whatever went wrong has been said by the command that it happened to.
  if (exitCode !== 0) throw new CliError('', { exitCode })
}

const HELP = `
Without an argument the machine is a guest on x86-64 with 2 GiB and four empty slots for memory. Another is named, or
given with --arch: one of
${DEFAULT_ARCHS.slice(0, -1).join(', ')} or ${DEFAULT_ARCHS.at(-1)}:
with slots, with standby memory on s390x, with memory from 1 GiB on on aarch64, and on sh with 128 MiB and no firmware that
brings memory; sparc64 and tile have no memory hot-plug. Its /sys and /proc can be walked, read and written as on a real
one; plug, fill, pin and others do what hypervisor and programs would do.
Commands come from -c, from standard input, or from you.

Exit code: that of the last command, or of exit; 2 for words that cannot be read, 127 for a command that is not there.

Examples:
  memhp shell                                 a machine to try things on
  memhp shell --arch ppc64le                  the same on POWER: LMBs and /sys/kernel/dlpar
  memhp shell --kernel v6.12                  the same with the rules of Linux 6.12
  memhp shell --kernel rfc9 --defect D6       the series of 2012, with a defect that its review found
  memhp shell host.json.gz                    the twin of a captured host
  memhp shell scenario.yaml --until 3         a scenario's machine after three steps
  memhp shell -c 'plug d1 1G; cat /proc/iomem'
`

/** `memhp shell`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('[machine]', MACHINE_ARGUMENT)
    .option('-c, --command <commands>', 'run these commands and leave')
    .option(
      '--until <step>',
      'run a scenario to this step only; 0 boots its machine',
      readStepNumber,
    )
    .addOption(
      new Option('--arch <arch>', 'architecture of the machine to try things on').choices(
        DEFAULT_ARCHS,
      ),
    )
    .option('--kernel <name>', GENERATION_HELP)
    .addOption(defectOption())
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, flags: ShellFlags) => {
      await runShell(path, flags, context())
    })
}

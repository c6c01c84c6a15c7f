import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import type { RunResult } from '@memhp/mount'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CONTROL_VARIABLE } from '../control/protocol'
import { CliError, EXIT } from '../errors'
import { mountProblem, serveMachine } from '../mounted/serve'
import {
  addSessionOptions,
  MACHINE_ARGUMENT,
  openNamedSession,
  type SessionWish,
} from '../session/open-session'

/** Signals that are meant for the program. A terminal sends Ctrl-C and Ctrl-\ to it itself. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/** Passes signals of this process on to the program, until it ends. */
function passSignals(child: ChildProcess): () => void {
  const isTerminal = process.stdin.isTTY === true
  const passed = (signal: NodeJS.Signals): void => void child.kill(signal)
  const ignored = (): void => undefined
  for (const signal of PASSED_ON) process.on(signal, passed)
  for (const signal of FROM_TERMINAL) process.on(signal, isTerminal ? ignored : passed)
  return () => {
    for (const signal of [...PASSED_ON, ...FROM_TERMINAL]) {
      process.removeListener(signal, passed)
      process.removeListener(signal, ignored)
    }
  }
}

/** Signals that came, and did not end this process. */
interface HeldSignals {
  readonly first: () => NodeJS.Signals | undefined
  /** From now on they end it again. */
  readonly release: () => void
}

/** Keeps signals from ending this process while a mount of it is there: it would stay. */
function holdSignals(): HeldSignals {
  let first: NodeJS.Signals | undefined
  const hold = (signal: NodeJS.Signals): void => {
    first ??= signal
  }
  const all = [...PASSED_ON, ...FROM_TERMINAL]
  for (const signal of all) process.on(signal, hold)
  return {
    first: () => first,
    release: () => {
      for (const signal of all) process.removeListener(signal, hold)
    },
  }
}

/** How a program ended. */
type End = Pick<RunResult, 'status' | 'signal'>

/** Waits for a program, which gets the signals of this process meanwhile. @returns the exit code of shells for how it ended */
async function exitCodeOf(child: ChildProcess, end: Promise<End>): Promise<number> {
  const stop = passSignals(child)
  try {
    const { status, signal } = await end
    return status ?? 128 + (signal === null ? 0 : constants.signals[signal])
  } finally {
    stop()
  }
}

const ended = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal }))
  })

/** Starts this command again as root of a namespace of the user, where mounts are allowed. */
async function execInUserNamespace(): Promise<number> {
  const namespace = ['--user', '--map-root-user', '--mount', '--propagation', 'private', '--']
  if (spawnSync('unshare', [...namespace, 'true']).status !== 0) {
    throw new CliError('this user may not mount, and the kernel gives it no user namespace', {
      remedy: 'run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)',
      exitCode: EXIT.notRun,
    })
  }
  const words = [...process.execArgv, ...process.argv.slice(1)]
  const child = spawn('unshare', [...namespace, process.execPath, ...words], { stdio: 'inherit' })
  return exitCodeOf(child, ended(child))
}

interface ExecFlags extends SessionWish {
  readonly uevents?: true
}

async function execOnMachine(
  name: string,
  words: readonly string[],
  flags: ExecFlags,
): Promise<number> {
  const session = await openNamedSession(name, flags)
  const held = holdSignals()
  try {
    return await execServed(session, words, { ...flags, held })
  } finally {
    held.release()
  }
}

async function execServed(
  session: Awaited<ReturnType<typeof openNamedSession>>,
  words: readonly string[],
  { held, uevents }: Pick<ExecFlags, 'uevents'> & { readonly held: HeldSignals },
): Promise<number> {
  const served = await serveMachine(session, { allowOther: true, refused: EXIT.notRun })
  try {
    const early = held.first()
    if (early !== undefined) return 128 + constants.signals[early]
    const [command = '', ...args] = words
    const { child, result } = served.mounted.run(command, args, {
      stdio: 'inherit',
      env: { [CONTROL_VARIABLE]: served.controlPath },
      ...(uevents === true ? { uevents: 'netlink' } : {}),
    })
    return await exitCodeOf(child, result)
  } catch (error) {
    throw mountProblem(error, EXIT.notRun)
  } finally {
    await served.close()
  }
}

async function exec(
  name: string,
  words: readonly string[],
  flags: ExecFlags,
  context: CliContext,
): Promise<void> {
  const isRoot = process.getuid?.() === 0
  const exitCode = isRoot ? await execOnMachine(name, words, flags) : await execInUserNamespace()
  await context.printed()
  if (exitCode !== 0) throw new CliError('', { exitCode })
}

const HELP = `
The program runs in a private mount namespace in which the machine's /sys and /proc files on memory lie over
those of this host, for it and its children alone; everything else is this host's. It is not run unless they do.
memhp ctl in it changes the machine. Where this user is not root, the program is root of a namespace of the user.

An offlining that makes no progress goes on until there is room, or a signal comes to its writer, as it does in the
kernel: timeout 30 chmem -d 1G.

Exit code: that of the program, 128 and the number of the signal that ended it; 127 where there is no such
program, 126 where it cannot be run, 125 where the namespace could not be made, 2 for what is wrong with the machine.

Examples:
  memhp exec x86_64 -- lsmem                                  util-linux lists the machine
  memhp exec x86_64 -- chmem -d 512M                          … and takes memory offline
  memhp exec ppc64le -- sh -c 'cat /sys/kernel/dlpar; lsmem'  POWER on any host
  memhp exec host.json.gz -- ./my-agent --once                an agent on the twin of a captured host
  memhp exec --uevents x86_64 -- ./listener                   one that listens to the kernel's uevents by netlink
  memhp exec scenario.yaml --until 3 -- bash                  a shell on a scenario's machine
`

/** `memhp exec`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<machine>', MACHINE_ARGUMENT)
    .argument('<command...>', 'the program and its arguments, behind --')
    .option(
      '--uevents',
      'let udevadm monitor and other listeners hear of it; there is no network then',
    )
  addSessionOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, words: readonly string[], flags: ExecFlags) => {
      await exec(name, words, flags, context())
    })
}

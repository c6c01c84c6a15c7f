import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../src/run'

/** What a run of the command left behind. */
export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliRunOptions {
  /** What a person at the terminal answers; default: there is none. */
  readonly answer?: (question: string) => string
  /** Columns of the terminal that standard output is; default: it is none. */
  readonly columns?: number
  readonly environment?: Readonly<Record<string, string>>
}

/** Keeps this host out of reach of every test, whatever is named as the machine to change. */
const SPARED = { MEMHP_SPARE_HOST: '1' }

/** Runs a command line in this process. Standard error is not a terminal, and colours are for those who ask. */
export async function runCli(
  args: readonly string[],
  { environment = {}, columns, answer }: CliRunOptions = {},
): Promise<CliRun> {
  const texts = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string, done?: () => void) => {
      texts[name] += text
      done?.()
    },
  })
  const code = await runCommandLine(args, {
    stdout: { ...sink('stdout'), ...(columns === undefined ? {} : { isTTY: true, columns }) },
    stderr: sink('stderr'),
    environment: {
      ...(columns === undefined ? {} : { NO_COLOR: '1' }),
      ...SPARED,
      ...environment,
    },
    interrupt: { signal: () => new AbortController().signal },
    ...(answer === undefined ? {} : { ask: async (question) => answer(question) }),
  })
  return { code, ...texts }
}

const besides = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * Node's arguments that run the command: as it was built, where the run of the tests has built it, which also starts sooner; else
 * from its sources, by tsx, which is found from here, so that the command can run in any folder.
 */
const ARGUMENTS: readonly string[] =
  process.env.MEMHP_BUILT === '1'
    ? [besides('../bin/memhp.cjs')]
    : [
        '--conditions=memhp-source',
        '--import',
        import.meta.resolve('tsx'),
        besides('../src/main.ts'),
      ]

/** The command as a shell takes it. */
export const MEMHP: string = [process.execPath, ...ARGUMENTS].join(' ')

/** Starts a command line that is ended by the test. */
export const startCli = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [...ARGUMENTS, ...args], {
    env: { PATH: process.env.PATH, ...SPARED, ...env },
  })

export interface SpawnOptions extends Pick<CliRunOptions, 'environment'> {
  /** The user that it runs as; default: that of this process. */
  readonly uid?: number
  /** Node's arguments before the command line; default: those that run the command. */
  readonly nodeArguments?: readonly string[]
  /** Where standard output goes, an open file; default: into `stdout`. */
  readonly stdout?: number
  /** Called once the process is there, to interrupt it or to close its pipes. */
  readonly onStart?: (child: ChildProcess) => void
}

/** Runs a command line in a separate process. */
export async function spawnCli(
  args: readonly string[],
  { environment = {}, nodeArguments = ARGUMENTS, stdout: file, onStart, uid }: SpawnOptions = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [...nodeArguments, ...args], {
    env: { PATH: process.env.PATH, ...SPARED, ...environment },
    stdio: ['ignore', file ?? 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  onStart?.(child)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    // As shells count a process that a signal ended.
    child.on('close', (exitCode, signal) => resolve(signal === 'SIGINT' ? 130 : exitCode))
  })
  return { code, stdout, stderr }
}

/** Environment of a process that runs this code first. */
export const preload = (code: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
})

/** Presses Ctrl-C as soon as the command listens for it. */
const WHEN_HEARD = `
const timer = setInterval(() => {
  if (process.listenerCount('SIGINT') === 0) return
  clearInterval(timer)
  process.kill(process.pid, 'SIGINT')
}, 1)
timer.unref()
`
/** Environment of a process that is interrupted when it listens. */
export const PRESSED: Readonly<Record<string, string>> = preload(WHEN_HEARD)

/** Starting threads and a first run take a third of it. Processors' time, not the clock's, which goes on where others have the processors. */
const SOME_WORK_US = 2_500_000

/** Threads are preloaded with it as well. */
const WHEN_SOME_IS_DONE = `
import { isMainThread } from 'node:worker_threads'
if (isMainThread) {
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage()
    if (user + system < ${SOME_WORK_US}) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGINT')
  }, 10)
  timer.unref()
}
`
/** Environment of a process that is interrupted once some of its work is done. */
export const PRESSED_AFTER_A_WHILE: Readonly<Record<string, string>> = preload(WHEN_SOME_IS_DONE)

/** Environment of a process that is interrupted in its first turn. */
export const PRESSED_AT_ONCE: Readonly<Record<string, string>> = preload(
  `setImmediate(() => process.kill(process.pid, 'SIGINT'))`,
)

/** Environment of a process that tells at its end, on standard error, how many listen for Ctrl-C. */
export const LISTENERS_TOLD: Readonly<Record<string, string>> = preload(
  `process.on('exit', () => process.stderr.write('listeners for SIGINT: ' + process.listenerCount('SIGINT')))`,
)

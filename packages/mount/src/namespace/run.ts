import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import type { LocalTree } from '@memhp/core'
import {
  checkedShape,
  choiceShape,
  listShape,
  mapShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
} from '@memhp/core/plugin'
import { checkArgument, hasKeys } from '../check-argument'
import { MountError } from '../mount-error'
import { type HearUevents, SENDER_PROGRAM, sendUevents } from './netlink'
import { placesOf } from './places'
import { OVERLAY_SCRIPT } from './script'

/** How a program is run. @public */
export interface RunOptions {
  /** Environment beside that of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** As for `spawn`. Default: standard output and error are collected. */
  readonly stdio?: StdioOptions
  /** Ends the program. */
  readonly signal?: AbortSignal
  /**
   * `netlink`: listeners of the kernel's uevents hear of those of the machine. The program gets a network namespace for that, and so no
   * network. Needs perl. Default: none hear.
   */
  readonly uevents?: 'netlink'
}

/** How a program ended. @public */
export interface RunResult {
  /** Its exit status; null where a signal ended it. 125: the namespace could not be made, and it has not run. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** Empty unless collected. */
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs. @public */
export interface NamespaceProcess {
  readonly child: ChildProcess
  readonly result: Promise<RunResult>
}

interface Mounted {
  readonly directory: string
  readonly tree: LocalTree
  readonly hear: HearUevents
}

/** The descriptor by which the program that sends uevents gets them. */
const UEVENT_FD = 3

const optionsShape = (): Shape<RunOptions> =>
  recordShape<RunOptions>({
    env: optionalShape(mapShape(textShape())),
    cwd: optionalShape(textShape()),
    stdio: optionalShape(
      checkedShape(
        'a text or a list',
        (value) => typeof value === 'string' || Array.isArray(value),
      ),
    ),
    signal: optionalShape(checkedShape('an AbortSignal', hasKeys('aborted'))),
    uevents: optionalShape(choiceShape('netlink')),
  })

/** Standard input, output and error, each by itself. */
function eachOf(stdio: StdioOptions): readonly Exclude<StdioOptions, string>[number][] {
  return typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio
}

/** A program that is to run. */
interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly options: RunOptions
}

/**
 * Runs a program where a machine's files lie over those of the host, for it and its children alone.
 * @throws HotplugError BAD_ARGUMENT for what names no program, and for options that are not known or of another type
 */
export function runInNamespace(
  { directory, tree, hear }: Mounted,
  { command, args: words, options }: Program,
): NamespaceProcess {
  checkArgument('command', textShape({ least: 1, words: 'the name of a program' }), command)
  checkArgument('args', listShape(textShape()), words)
  checkArgument('options', optionsShape(), options)
  const { env, cwd, stdio = ['ignore', 'pipe', 'pipe'], signal, uevents } = options
  const places = placesOf(tree)
  const sends = uevents === 'netlink'
  const args = [
    ...['--mount', '--propagation', 'private', ...(sends ? ['--net'] : [])],
    ...['--', 'sh', '-c', OVERLAY_SCRIPT, 'memhp'],
    ...[sends ? SENDER_PROGRAM : '', directory, String(places.length)],
    ...places.flatMap(({ kind, path }) => [kind, path]),
    ...[command, ...words],
  ]
  const child = spawn('unshare', args, {
    stdio: sends ? [...eachOf(stdio).slice(0, UEVENT_FD), 'pipe'] : stdio,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(signal === undefined ? {} : { signal }),
  })
  const sender = child.stdio[UEVENT_FD]
  if (sender instanceof Writable) child.once('exit', sendUevents(hear, sender))
  return { child, result: resultOf(child) }
}

function resultOf(child: ChildProcess): Promise<RunResult> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const message = `unshare(1) cannot be run: ${cause.code}`
      reject(new MountError('MOUNT_REFUSED', message, 'install util-linux', cause))
    })
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}

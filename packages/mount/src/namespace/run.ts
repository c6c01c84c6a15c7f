import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { LocalTree } from '@memhp/core'
import { MountError } from '../mount-error'
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
}

/** Runs a program where a machine's files lie over those of the host, for it and its children alone. */
export function runInNamespace(
  { directory, tree }: Mounted,
  words: readonly string[],
  { env, cwd, stdio = ['ignore', 'pipe', 'pipe'], signal }: RunOptions,
): NamespaceProcess {
  const places = placesOf(tree)
  const args = [
    ...['--mount', '--propagation', 'private', '--', 'sh', '-c', OVERLAY_SCRIPT, 'memhp'],
    ...[directory, String(places.length)],
    ...places.flatMap(({ kind, path }) => [kind, path]),
    ...words,
  ]
  const child = spawn('unshare', args, {
    stdio,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(signal === undefined ? {} : { signal }),
  })
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

import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

/** Signals that end a process unless it listens to them. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What is to be done when this process ends. */
const endings = new Set<() => void>()

function endAll(): void {
  for (const end of [...endings]) end()
}

/** Without another listener, the signal ends this process as it would have done without us. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  endAll()
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

/**
 * Has something done when this process ends: by itself, by an uncaught exception or by a signal.
 * @param end runs at once and to its end: nothing asynchronous happens any more
 * @returns takes it back
 */
export function onEnd(end: () => void): () => void {
  if (endings.size === 0) {
    process.on('exit', endAll)
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
  endings.add(end)
  return () => {
    if (!endings.delete(end) || endings.size > 0) return
    process.off('exit', endAll)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

/** Kills $1 once its input ends, and removes what that leaves behind. */
const GUARD = 'read -r _; kill -9 "$1"; shift; rm -f -- "$@"'

/**
 * A shell that outlives this process if it is killed: then the pipe between them closes, and the shell kills the
 * child. It runs in a separate session, so that a Ctrl-C at the terminal does not end it first.
 */
function startGuard(pid: number, leftovers: readonly string[]): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', String(pid), ...leftovers], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.on('error', () => {})
  guard.stdin?.on('error', () => {})
  guard.unref()
  return guard
}

/**
 * Sees to it that a child ends with this process, whatever ends this process: its own end, an uncaught
 * exception, a signal, or a SIGKILL.
 * @param leftovers files that the child would leave behind if it were killed
 */
export function tieToThisProcess(child: ChildProcess, leftovers: readonly string[]): void {
  const { pid } = child
  if (pid === undefined) return
  const guard = startGuard(pid, leftovers)
  const removeLeftovers = (): void => {
    for (const path of leftovers) rmSync(path, { force: true })
  }
  const release = onEnd(() => {
    child.kill('SIGKILL')
    guard.kill('SIGKILL')
    removeLeftovers()
  })
  child.once('exit', () => {
    guard.kill('SIGKILL')
    removeLeftovers()
    release()
  })
}

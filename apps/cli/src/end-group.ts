import type { ChildProcess } from 'node:child_process'

/** Ends a process that leads a group, with all that it has started. One that has ended is left: its number may be another's. */
export function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  const hasEnded = exitCode !== null || signalCode !== null
  if (pid !== undefined && !hasEnded) process.kill(-pid, 'SIGTERM')
}

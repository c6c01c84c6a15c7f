import { rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type MountError, type MountedMachine, mountMachine } from '@memhp/mount'
import type { Session } from '@memhp/trace'
import { CONTROL_LINK } from '../control/protocol'
import { CliError, EXIT } from '../errors'
import { newControlPath, serveControl } from './control-server'

/** A machine behind paths, with the socket to change it. */
export interface ServedMachine {
  readonly mounted: MountedMachine
  readonly controlPath: string
  close(): Promise<void>
}

const isMountError = (error: unknown): error is MountError =>
  error instanceof Error && error.name === 'MountError'

/** The words of the user for what mounting met. */
export function mountProblem(error: unknown, exitCode: number = EXIT.refused): unknown {
  return isMountError(error)
    ? new CliError(error.message, { remedy: error.remedy, exitCode })
    : error
}

/** How a machine is served. */
export interface ServeOptions {
  readonly directory?: string
  readonly allowOther?: boolean
  /** The exit code where it cannot be mounted. */
  readonly refused?: number
}

/**
 * A server that breaks ends at once, and with it the waiting of those that read and write in its mount: an ordinary exit would wait for the
 * thread that reads requests, for ever. What is left of the mount `memhp unmount` takes away.
 */
function dieOf(error: unknown): void {
  const what = error instanceof Error ? error.stack : String(error)
  writeSync(2, `memhp: the server of the mount broke (INTERNAL)\n${what}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** Mounts the machine of a session. @throws CliError where it cannot be mounted */
export async function serveMachine(
  session: Session,
  { refused, ...options }: ServeOptions,
): Promise<ServedMachine> {
  let controlPath: string | undefined
  try {
    controlPath = newControlPath()
    const links = { [CONTROL_LINK]: controlPath }
    const mounted = await mountMachine(session.machine, {
      ...options,
      clock: session.clock,
      links,
    })
    const control = await serveControl(controlPath, session, mounted)
    process.on('uncaughtException', dieOf)
    return {
      mounted,
      controlPath: control.path,
      close: async () => {
        control.close()
        await mounted.unmount()
        process.off('uncaughtException', dieOf)
      },
    }
  } catch (error) {
    if (controlPath !== undefined) rmSync(dirname(controlPath), { recursive: true, force: true })
    throw mountProblem(error, refused)
  }
}

import { rmSync } from 'node:fs'
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

/** Mounts the machine of a session. @throws CliError where it cannot be mounted */
export async function serveMachine(
  session: Session,
  { refused, ...options }: ServeOptions,
): Promise<ServedMachine> {
  let controlPath: string | undefined
  try {
    controlPath = newControlPath()
    const links = { [CONTROL_LINK]: controlPath }
    const mounted = await mountMachine(session.machine, { ...options, links })
    const control = await serveControl(controlPath, session, mounted)
    return {
      mounted,
      controlPath: control.path,
      close: async () => {
        control.close()
        await mounted.unmount()
      },
    }
  } catch (error) {
    if (controlPath !== undefined) rmSync(dirname(controlPath), { recursive: true, force: true })
    throw mountProblem(error, refused)
  }
}

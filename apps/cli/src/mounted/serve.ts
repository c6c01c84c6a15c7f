import { type MountError, type MountedMachine, mountMachine } from '@memhp/mount'
import type { Session } from '@memhp/trace'
import { CliError, EXIT } from '../errors'
import { newControlPath, serveControl } from './control-server'
import { CONTROL_LINK } from './protocol'

/** A machine behind paths, with the socket to change it. */
export interface ServedMachine {
  readonly mounted: MountedMachine
  readonly controlPath: string
  close(): Promise<void>
}

const isMountError = (error: unknown): error is MountError =>
  error instanceof Error && error.name === 'MountError'

/** The words of the user for what mounting met. */
export function mountProblem(error: unknown): unknown {
  return isMountError(error)
    ? new CliError(error.message, { remedy: error.remedy, exitCode: EXIT.refused })
    : error
}

/** Mounts the machine of a session. @throws CliError where it cannot be mounted */
export async function serveMachine(
  session: Session,
  options: { readonly directory?: string; readonly allowOther?: boolean },
): Promise<ServedMachine> {
  const controlPath = newControlPath()
  try {
    const links = { [CONTROL_LINK]: controlPath }
    const mounted = await mountMachine(session.machine, { ...options, links })
    const control = await serveControl(controlPath, session, mounted)
    return {
      mounted,
      controlPath,
      close: async () => {
        control.close()
        await mounted.unmount()
      },
    }
  } catch (error) {
    throw mountProblem(error)
  }
}

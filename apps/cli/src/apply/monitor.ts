import { HotplugError } from '@memhp/core'
import {
  onUnplugRefused,
  type QmpArguments,
  QmpClient,
  QmpConnectionError,
  QmpError,
  type QmpResult,
} from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import { Lost } from './remote-machine'

/** QEMU's monitor, however it is reached. */
export interface Monitor {
  /** As messages name it: `the QEMU at vm1.sock`. */
  readonly name: string
  /** @throws HotplugError REQUEST_REFUSED where QEMU refuses; Lost where it is gone */
  execute<Name extends string>(name: Name, args?: QmpArguments): Promise<QmpResult<Name>>
  /** Hears of guests that do not let go of a device. */
  onRefused(listener: (why: string) => void): void
  /** What plugs devices again, by their ids, where another owns them and frees what is behind them; absent where none does. */
  readonly owned?: {
    /** @returns a text for each; undefined where one is not known */
    describe(ids: readonly string[]): Promise<readonly string[] | undefined>
    /** @throws HotplugError REQUEST_REFUSED */
    plug(description: string): Promise<void>
  }
  close(): Promise<void>
}

/** Refusals of QEMU as those of a file; a monitor that is gone is a machine that is lost. */
async function asked<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof QmpError)
      throw new HotplugError('REQUEST_REFUSED', 'EBUSY', `${error.command}: ${error.desc}`)
    if (error instanceof QmpConnectionError)
      throw new Lost(`QEMU’s monitor: ${error.message}`, { exitCode: EXIT.noGuest })
    throw error
  }
}

/**
 * Connects to a socket of QEMU's monitor.
 * @throws CliError where it cannot be reached
 */
export async function openMonitor(path: string): Promise<Monitor> {
  try {
    const qmp = await QmpClient.connect({ path })
    return {
      name: `the QEMU at ${path}`,
      execute: (name, args) => asked(() => qmp.execute<string>(name, args)) as never,
      onRefused: (listener) => void onUnplugRefused(qmp, listener),
      close: () => qmp.close(),
    }
  } catch (error) {
    if (!(error instanceof QmpConnectionError)) throw error
    throw new CliError(`${path}: ${error.message}`, {
      exitCode: EXIT.noGuest,
      remedy:
        'name a socket of QEMU’s -qmp unix:PATH,server=on,wait=off; one client is served at a time',
    })
  }
}

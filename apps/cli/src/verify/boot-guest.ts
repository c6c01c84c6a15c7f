import type { BootKernel } from '@memhp/conformance'
import { GuestError, type GuestFiles, startGuest } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'

/** What a walk's guest is started with, besides its machine. */
export interface GuestChoice {
  readonly files: GuestFiles
  /** The QEMU binary; default that of the architecture, from PATH. */
  readonly qemu?: string
  readonly signal: AbortSignal
}

/**
 * Trouble with a guest becomes words: what happened, the command line, what QEMU said, and what to do. Where the user has
 * interrupted, a guest that is gone is not trouble.
 */
export async function withGuest<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof GuestError)) throw error
    throw new CliError(error.message, { exitCode: EXIT.noGuest })
  }
}

/** Boots guests for walks. A guest whose walk is interrupted ends at once. */
export const bootGuests =
  ({ files, qemu, signal }: GuestChoice): BootKernel =>
  async (machine) => {
    const guest = await startGuest({
      machine: machine.arch,
      memory: {
        nodes: machine.nodesMib.map((mib) => ({ mib })),
        slots: machine.slots,
        maxMib: machine.maxMib,
      },
      cmdline: machine.cmdline,
      // Loaded before the walk: loading a module splits leaves of the direct map.
      modules: machine.faults ? ['memory_notifier_error_inject'] : [],
      files,
      signal,
      ...(qemu === undefined ? {} : { qemu }),
    })
    const stop = (): void => void guest.stop()
    signal.addEventListener('abort', stop, { once: true })
    void guest.process.exited.then(() => signal.removeEventListener('abort', stop))
    return guest
  }

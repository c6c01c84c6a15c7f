import type { BootKernel, WalkMachine } from '@memhp/conformance'
import { BLOCK_SIZE_FILE } from '@memhp/kernel-files'
import { type Guest, GuestError, type GuestFiles, startGuest } from '@memhp/qemu'
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

/** @throws CliError for a kernel that lacks what a walk needs, with the option that it was built without */
async function checkKernel(guest: Guest, { resizables }: WalkMachine): Promise<void> {
  const lacks = async (path: string): Promise<boolean> =>
    (await guest.tree.lookup(path)) === undefined
  const fail = async (what: string, option: string): Promise<never> => {
    await guest.stop()
    throw new CliError(`${guest.kernel} has no ${what}`, {
      remedy: `a kernel with ${option}, or leave --kernel out and add --fetch`,
      exitCode: EXIT.noGuest,
    })
  }
  if (await lacks(BLOCK_SIZE_FILE)) await fail('memory blocks', 'CONFIG_MEMORY_HOTPLUG')
  if (resizables !== undefined && (await lacks('/sys/bus/virtio/drivers/virtio_mem')))
    await fail('driver of virtio-mem', 'CONFIG_VIRTIO_MEM (as a module: --modules)')
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
      ...(machine.resizables === undefined ? {} : { resizables: machine.resizables }),
      cmdline: machine.cmdline,
      // Loaded before the walk: loading a module splits leaves of the direct map.
      modules: [
        ...(machine.resizables === undefined ? [] : ['virtio_pci?', 'virtio_mem?']),
        ...(machine.faults ? ['memory_notifier_error_inject'] : []),
      ],
      files,
      signal,
      ...(qemu === undefined ? {} : { qemu }),
    })
    const stop = (): void => void guest.stop()
    signal.addEventListener('abort', stop, { once: true })
    void guest.process.exited.then(() => signal.removeEventListener('abort', stop))
    await checkKernel(guest, machine)
    return guest
  }

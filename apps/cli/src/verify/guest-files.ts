import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LiveArch } from '@memhp/conformance'
import { findGuestFiles, type GuestArch, GuestError, type GuestFiles } from '@memhp/qemu'
import { endGroup } from '../end-group'
import { CliError, EXIT } from '../errors'
import { withFile } from '../file-problem'

/** Which kernel a guest boots; default Debian's, as it was fetched. */
export interface KernelFlags {
  readonly kernel?: string
  readonly initrd?: string
  readonly modules?: string
  readonly fetch?: true
  /** Version of Debian's kernel: `6.12`, `7.3.4`. */
  readonly kernelVersion?: string
}

/** In the source as in the build it is beside this file. */
const FETCH_KERNELS = fileURLToPath(new URL('fetch-kernels.mjs', import.meta.url))

/** What the kernel of a guest is built for. */
export const guestArchOf = (arch: LiveArch): GuestArch =>
  arch === 'ppc64le-radix' || arch === 'ppc64le-hash' ? 'ppc64le' : arch

/**
 * Runs the script of @memhp/qemu that fetches Debian's kernel; what it says goes to standard error. It is in a process
 * separate group, so that an interrupt ends all that it has started.
 * @throws CliError noGuest; the signal's reason
 */
async function fetchKernel(name: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [FETCH_KERNELS, name], {
    stdio: ['ignore', 2, 2],
    detached: true,
  })
  const stop = (): void => endGroup(child)
  signal.addEventListener('abort', stop)
  const [code] = (await once(child, 'exit')) as [number | null]
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (code === 0) return
  throw new CliError(`no kernel for ${name}`, {
    remedy: 'do what the lines above say, then give the same command again',
    exitCode: EXIT.noGuest,
  })
}

/** @throws CliError where the folder is none, or holds no module as it can be loaded */
async function modulesBelow(folder: string): Promise<string[]> {
  const names = await withFile(folder, async () => readdir(folder, { recursive: true }))
  const modules = names.filter((name) => name.endsWith('.ko'))
  if (modules.length > 0) return modules.map((name) => join(folder, name))
  const packed = names.find((name) => /\.ko\.(?:xz|zst|gz)$/.test(name))
  throw new CliError(
    `${folder}: no kernel module (*.ko) in it${packed === undefined ? '' : `; ${packed} is packed`}`,
    { remedy: 'name a folder with *.ko files; unpack *.ko.xz, *.ko.zst and *.ko.gz first' },
  )
}

/** Debian's kernel, as it was fetched. What lacks is told in the words of this command. */
async function fetchedFiles(
  arch: GuestArch,
  { kernelVersion: version }: KernelFlags,
): Promise<GuestFiles> {
  try {
    return await findGuestFiles(arch, version === undefined ? {} : { version })
  } catch (error) {
    if (!(error instanceof GuestError)) throw error
    const [what = ''] = error.message.split('\n')
    const remedy = 'add --fetch, which takes Debian’s kernel and busybox, without root'
    throw new CliError(what, { remedy, exitCode: EXIT.noGuest })
  }
}

/**
 * What a guest boots from: Debian's kernel, or the one that the user names. Modules belong to one kernel, so that one's own
 * has none but those that are named too.
 */
export async function guestFiles(
  arch: LiveArch,
  flags: KernelFlags,
  signal: AbortSignal,
): Promise<GuestFiles> {
  const { kernel, initrd } = flags
  const modules = flags.modules === undefined ? undefined : await modulesBelow(flags.modules)
  const guestArch = guestArchOf(arch)
  const { kernelVersion: version } = flags
  if (flags.fetch || version !== undefined) {
    await fetchKernel(version === undefined ? guestArch : `${guestArch}@${version}`, signal)
  }
  const found = await fetchedFiles(guestArch, flags)
  return {
    ...found,
    ...(kernel === undefined ? {} : { kernel, modules: [] }),
    ...(modules === undefined ? {} : { modules }),
    ...(initrd === undefined ? {} : { initrd }),
  }
}

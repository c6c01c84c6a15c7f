import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { GuestError } from '../launch/guest-error'
import type { GuestArch } from '../launch/machine'

/** What a guest boots from. All paths are absolute. */
export interface GuestFiles {
  readonly arch: GuestArch
  readonly kernel: string
  /** A statically linked busybox of the guest's architecture. */
  readonly busybox: string
  /** Kernel modules, `.ko` files. */
  readonly modules: readonly string[]
  /** An initramfs that is unpacked before the guest's own: its files are there too, but for its `/init`. */
  readonly initrd?: string
}

export interface FindGuestFilesOptions {
  /** Default `$MEMHP_GUEST_CACHE`, else `memhp` in the user's cache folder. */
  readonly cacheFolder?: string
}

/** Where scripts/fetch-kernels.mjs puts what it fetches. */
function defaultFolder(): string {
  const { MEMHP_GUEST_CACHE: own, XDG_CACHE_HOME: cache } = process.env
  return own ?? join(cache ?? join(homedir(), '.cache'), 'memhp')
}

/** What the script writes: paths relative to the architecture's folder. */
interface FetchedFiles {
  readonly kernel: string
  readonly busybox: string
  readonly modules: readonly string[]
}

/**
 * The files that scripts/fetch-kernels.mjs has fetched.
 * @throws GuestError FILES_MISSING, with what to run
 */
export async function findGuestFiles(
  arch: GuestArch,
  { cacheFolder = defaultFolder() }: FindGuestFilesOptions = {},
): Promise<GuestFiles> {
  const folder = join(cacheFolder, arch)
  try {
    const text = await readFile(join(folder, 'files.json'), 'utf8')
    const fetched = JSON.parse(text) as FetchedFiles
    return {
      arch,
      kernel: join(folder, fetched.kernel),
      busybox: join(folder, fetched.busybox),
      modules: fetched.modules.map((path) => join(folder, path)),
    }
  } catch (cause) {
    throw new GuestError('FILES_MISSING', `no kernel for ${arch} in ${cacheFolder}`, {
      remedy: `node node_modules/@memhp/qemu/scripts/fetch-kernels.mjs ${arch}`,
      cause,
    })
  }
}

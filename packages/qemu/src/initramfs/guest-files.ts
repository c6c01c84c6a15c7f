import { access, readFile } from 'node:fs/promises'
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
  /** What starts the machine; absent: what the machine has. */
  readonly firmware?: string
  /** Kernel modules, `.ko` files. */
  readonly modules: readonly string[]
  /** An initramfs that is unpacked before the guest's own: its files are there too, but for its `/init`. */
  readonly initrd?: string
}

export interface FindGuestFilesOptions {
  /** Default `$MEMHP_GUEST_CACHE`, else `memhp` in the user's cache folder. */
  readonly cacheFolder?: string
  /** Version of the kernel, `6.12` or `6.12.117`; default: the one that was fetched without a version. */
  readonly version?: string
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
  readonly firmware?: string
  readonly modules: readonly string[]
}

/**
 * The files that scripts/fetch-kernels.mjs has fetched.
 * @throws GuestError FILES_MISSING, with what lacks and what to run
 */
export async function findGuestFiles(
  arch: GuestArch,
  { cacheFolder = defaultFolder(), version }: FindGuestFilesOptions = {},
): Promise<GuestFiles> {
  const name = version === undefined ? arch : `${arch}@${version}`
  const folder = join(cacheFolder, name)
  const lacks = (what: string, cause: unknown): GuestError =>
    new GuestError('FILES_MISSING', `no ${what} for ${name} in ${cacheFolder}`, {
      remedy: `node node_modules/@memhp/qemu/scripts/fetch-kernels.mjs --refresh ${name}`,
      cause,
    })
  const fetched = await readFile(join(folder, 'files.json'), 'utf8').then(
    (text) => JSON.parse(text) as FetchedFiles,
    (cause: unknown) => {
      throw lacks('kernel and busybox', cause)
    },
  )
  const kernel = join(folder, fetched.kernel)
  const busybox = join(folder, fetched.busybox)
  const firmware =
    fetched.firmware === undefined ? {} : { firmware: join(folder, fetched.firmware) }
  for (const [what, path] of Object.entries({ kernel, busybox, ...firmware })) {
    await access(path).catch((cause: unknown) => {
      throw lacks(what, cause)
    })
  }
  const parts = { arch, kernel, busybox, ...firmware }
  return { ...parts, modules: fetched.modules.map((path) => join(folder, path)) }
}

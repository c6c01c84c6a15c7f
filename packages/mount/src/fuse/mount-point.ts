import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { MountError } from '../mount-error'

const DEVICE = '/dev/fuse'

/** What the kernel shows as the type of a mount of memhp in /proc/mounts. */
export const MOUNT_TYPE = 'fuse.memhp'

/** @returns a descriptor of `/dev/fuse` @throws MountError NO_FUSE */
export function openFuse(): number {
  try {
    return openSync(DEVICE, 'r+')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `${DEVICE} cannot be opened: ${code}`
    const remedy =
      code === 'ENOENT'
        ? 'load the module fuse (modprobe fuse), or give the container the device (--device /dev/fuse)'
        : 'run as root, or let this user read and write it'
    throw new MountError('NO_FUSE', message, remedy, cause)
  }
}

/** Ends of a child: what it wrote to its standard error, where it failed. */
function runChild(command: string, args: readonly string[], fd: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', fd] })
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status) => resolve(status === 0 ? null : errors.trim()))
  })
}

/** Nothing is mounted that could not be taken away again. @throws MountError MOUNT_REFUSED */
function checkUmount(): void {
  const { error } = spawnSync('umount', ['--version'], { stdio: 'ignore' })
  if (error === undefined) return
  const { code } = error as NodeJS.ErrnoException
  const message = `umount(8) cannot be run: ${code}`
  throw new MountError('MOUNT_REFUSED', message, 'install util-linux, and have it in PATH', error)
}

/**
 * Mounts a connection: mount(8) gets the descriptor as its third, which is how no library of C is needed.
 * @param fd of `/dev/fuse`; closed where it fails
 * @throws MountError MOUNT_REFUSED
 */
export async function attachMount(
  fd: number,
  directory: string,
  { allowOther }: { readonly allowOther: boolean },
): Promise<void> {
  const { uid, gid } = owner()
  const options = [
    'fd=3',
    'rootmode=40755',
    `user_id=${uid}`,
    `group_id=${gid}`,
    'default_permissions',
    // Of devices that the machine has only the number is to be had: the host may have another at it.
    'nodev',
    'nosuid',
    ...(allowOther ? ['allow_other'] : []),
  ]
  const args = ['-i', '-n', '-t', MOUNT_TYPE, '-o', options.join(','), 'memhp', directory]
  try {
    checkUmount()
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const refusal = await runChild('mount', args, fd)
  if (refusal === null) return
  closeSync(fd)
  throw new MountError(
    'MOUNT_REFUSED',
    `${directory} cannot be mounted: ${refusal}`,
    'run as root, or in a namespace of the user: unshare -Urm COMMAND',
  )
}

/** Who runs this process. */
export function owner(): { readonly uid: number; readonly gid: number } {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
}

/**
 * Takes a mount away, also one whose server is dead, and one that is in use. umount(8) does not look into the directory (`-c`), which
 * its server may be the one to wait for.
 * @param directory its absolute path
 * @throws MountError MOUNT_REFUSED
 * @public
 */
export function detachMount(directory: string): void {
  const { status, stderr, error } = spawnSync('umount', ['-n', '-c', '-l', directory], {
    encoding: 'utf8',
  })
  if (status === 0) return
  const why = error?.message ?? stderr.trim()
  throw new MountError('MOUNT_REFUSED', `${directory} cannot be unmounted: ${why}`, 'run as root')
}

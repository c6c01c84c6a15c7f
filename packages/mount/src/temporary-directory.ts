import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MountError } from './mount-error'

/**
 * Makes a directory that only this user may enter, in the system's directory for temporary files.
 * @param prefix how its name begins
 * @throws MountError MOUNT_REFUSED where none can be made
 * @public
 */
export function temporaryDirectory(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `no directory can be made in ${tmpdir()}: ${code}`
    throw new MountError('MOUNT_REFUSED', message, 'set TMPDIR to one that can be written', cause)
  }
}

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { refusal } from './file-error'

/** Most bytes of a file: no text of /proc or /sys is longer. */
const LARGEST_BYTES = 2 ** 26

/** Most files of /sys fit. A call reads a file to its end, so that all calls share it. */
const CHUNK = Buffer.allocUnsafeSlow(2 ** 16)

/** To open a FIFO does not wait for a writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

export interface ReadFileOptions {
  /** The path as it was asked for, to name it in a refusal. */
  readonly path: string
  readonly encoding: 'latin1' | 'utf8'
  /** What a link in the last place is: followed, or ELOOP. */
  readonly lastLink: 'follow' | 'refuse'
}

/**
 * Reads a regular file, at once. A device or a FIFO is not read.
 * @param place where it is on this machine
 * @throws HotplugError IS_A_DIRECTORY, NOT_READABLE (EINVAL: not a regular file; EFBIG: longer than 64 MiB); errors of the
 *   file system as Node gives them
 */
export function readRegularFile(place: string, options: ReadFileOptions): string {
  const { path, encoding, lastLink } = options
  const file = openSync(place, lastLink === 'follow' ? FLAGS : FLAGS | constants.O_NOFOLLOW)
  try {
    const stats = fstatSync(file)
    if (stats.isDirectory()) throw refusal('read', path, { errno: 'EISDIR' })
    if (!stats.isFile()) throw refusal('read', path, { errno: 'EINVAL' })
    const length = readSync(file, CHUNK)
    // A file of /sys says that it has 4096 bytes, one of /proc none: where it ends is known when nothing more is read.
    if (length === stats.size || length === 0) return CHUNK.toString(encoding, 0, length)
    return withRest(file, CHUNK.subarray(0, length), path).toString(encoding)
  } finally {
    closeSync(file)
  }
}

/** What was read of a file, and all that follows. */
function withRest(file: number, read: Buffer, path: string): Buffer {
  let bytes: Buffer = read
  let length = read.length
  while (true) {
    if (length > LARGEST_BYTES) throw refusal('read', path, { errno: 'EFBIG' })
    if (length === bytes.length) {
      bytes = Buffer.concat([bytes], Math.max(2 * length, CHUNK.length))
    }
    const more = readSync(file, bytes, length, bytes.length - length, null)
    if (more === 0) return bytes.subarray(0, length)
    length += more
  }
}

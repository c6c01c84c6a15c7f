import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { HotplugError } from '@memhp/core'
import { refusal } from './file-error'

/** Most bytes of a file of /proc or /sys: no text of theirs is longer. */
const LARGEST_BYTES = 2 ** 26

/** Most files of /sys fit. A call reads a file to its end, so that all calls share it. */
const CHUNK = Buffer.allocUnsafeSlow(2 ** 16)

/** To open a FIFO does not wait for a writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/** A text of /sys is handed out whole, of a page at most: what is shorter than the smallest page has ended. Source: fs/kernfs/file.c, Linux 6.1. */
const SHORT_BYTES = 4096

/** How a file is read. */
interface ReadBytesOptions {
  /** The path as it was asked for, to name it in a refusal. */
  readonly path: string
  /** What a link in the last place is: followed, or ELOOP; default followed. */
  readonly lastLink?: 'follow' | 'refuse'
  /** Most bytes; default 2^26. */
  readonly largestBytes?: number
  /** `text of /sys`: it is known to be a regular file, and a short one is read at once. Default `unknown`. */
  readonly kind?: 'text of /sys' | 'unknown'
}

export interface ReadFileOptions extends ReadBytesOptions {
  readonly encoding: 'latin1' | 'utf8'
}

/** Why a file is not read, in words that say what would be. */
function unfit(path: string, errno: 'EFBIG' | 'EINVAL', message: string): HotplugError {
  return new HotplugError('NOT_READABLE', errno, `${path}: ${message}`, { detail: { path } })
}

/**
 * Reads a regular file, at once. A device or a FIFO is not read.
 * @param place where it is on this machine
 * @throws HotplugError IS_A_DIRECTORY, NOT_READABLE (EINVAL: not a regular file; EFBIG: too long); errors of the file system
 *   as Node gives them
 */
export function readRegularFile(place: string, options: ReadFileOptions): string {
  return withBytes(place, options, (bytes, length) => bytes.toString(options.encoding, 0, length))
}

/** The same, as bytes. */
export const readRegularBytes = (place: string, options: ReadBytesOptions): Buffer =>
  withBytes(place, options, (bytes, length) => Buffer.from(bytes.subarray(0, length)))

const PERMISSIONS = 0o7777
const ANYBODY_READS = 0o444

/** A text, and the permissions of its file where they were asked for. */
interface ListedText {
  readonly text: string
  readonly mode: number | undefined
}

/**
 * The text of a file of /sys that was listed as a regular one, by the fewest calls.
 * @returns undefined for a file that no one may read, that is longer than most or that refuses to be read
 */
export function readListedText(
  place: string,
  { modes }: { readonly modes: boolean },
): ListedText | undefined {
  let file: number | undefined
  try {
    file = openSync(place, FLAGS | constants.O_NOFOLLOW)
    const mode = modes ? fstatSync(file).mode & PERMISSIONS : undefined
    if (mode !== undefined && (mode & ANYBODY_READS) === 0) return undefined
    const length = readSync(file, CHUNK, 0, CHUNK.length, null)
    return length < SHORT_BYTES ? { text: CHUNK.toString('utf8', 0, length), mode } : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * The text of a file that is shorter than the smallest page, by the fewest calls. It is read from its place 0, which neither a FIFO
 * nor a terminal has; what is empty is looked at.
 * @returns undefined for a link, what is not a regular file, is longer, or refuses to be read
 */
export function readShortText(place: string): string | undefined {
  let file: number | undefined
  try {
    file = openSync(place, FLAGS | constants.O_NOFOLLOW)
    const length = readSync(file, CHUNK, 0, SHORT_BYTES, 0)
    if (length === 0 && !fstatSync(file).isFile()) return undefined
    return length < SHORT_BYTES ? CHUNK.toString('utf8', 0, length) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** @param use is given bytes that the next call overwrites, and how many of them are the file's */
function withBytes<T>(
  place: string,
  options: ReadBytesOptions,
  use: (bytes: Buffer, length: number) => T,
): T {
  const { path, lastLink = 'follow', largestBytes = LARGEST_BYTES, kind = 'unknown' } = options
  const file = openSync(place, lastLink === 'follow' ? FLAGS : FLAGS | constants.O_NOFOLLOW)
  try {
    const known = kind === 'unknown' ? regularSize(file, { path, largestBytes }) : undefined
    const length = readSync(file, CHUNK, 0, CHUNK.length, null)
    // A file of /sys says that it has 4096 bytes, one of /proc none: where it ends is known when nothing more is read.
    if (known === undefined ? length < SHORT_BYTES : length === known || length === 0)
      return use(CHUNK, length)
    const size = known ?? regularSize(file, { path, largestBytes })
    const all = withRest(file, CHUNK.subarray(0, length), { path, largestBytes, size })
    return use(all, all.length)
  } finally {
    closeSync(file)
  }
}

/** Bytes that a regular file says it has. */
function regularSize(
  file: number,
  { path, largestBytes }: { readonly path: string; readonly largestBytes: number },
): number {
  const stats = fstatSync(file)
  if (stats.isDirectory()) throw refusal('read', path, { errno: 'EISDIR' })
  if (!stats.isFile()) throw unfit(path, 'EINVAL', 'not a regular file')
  if (stats.size > largestBytes) throw tooLong(path, largestBytes)
  return stats.size
}

const tooLong = (path: string, largestBytes: number): HotplugError =>
  unfit(path, 'EFBIG', `larger than ${largestBytes} bytes`)

/** What was read of a file, and all that follows. */
function withRest(
  file: number,
  read: Buffer,
  { path, largestBytes, size }: { path: string; largestBytes: number; size: number },
): Buffer {
  let bytes: Buffer = Buffer.concat([read], Math.max(size + 1, 2 * read.length))
  let length = read.length
  while (true) {
    if (length > largestBytes) throw tooLong(path, largestBytes)
    if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length)
    const more = readSync(file, bytes, length, bytes.length - length, null)
    if (more === 0) return bytes.subarray(0, length)
    length += more
  }
}

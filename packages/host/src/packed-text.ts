import { promisify } from 'node:util'
import { gunzip, gunzipSync } from 'node:zlib'
import { type ErrorCode, HotplugError } from '@memhp/core'
import { readRegularBytes } from './read-file'

const gunzipAsync = promisify(gunzip)

/** Largest file that is read and unpacked at once: to wake other threads for it takes longer. */
const SMALL_BYTES = 2 ** 16
/** Most bytes of an unpacked text, where the caller sets no limit. */
const LARGEST_BYTES = 2 ** 27
const GZIP_MAGIC = [0x1f, 0x8b]

export interface PackedTextOptions {
  /** The code of a refusal. */
  readonly code: ErrorCode
  /** Most bytes of the unpacked text; default 2^27. */
  readonly largestBytes?: number
}

/** What zlib means by its codes, where its own words do not say. */
const ZLIB_FAULTS: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'it ends too early; the file is truncated',
  ERR_BUFFER_TOO_LARGE: 'it would be too large',
}

async function unpackBytes(packed: Buffer, maxOutputLength: number): Promise<Buffer> {
  const isSmall = packed.length <= SMALL_BYTES
  return isSmall
    ? gunzipSync(packed, { maxOutputLength })
    : gunzipAsync(packed, { maxOutputLength })
}

/**
 * Reads a text file, packed by gzip or not.
 * @throws HotplugError with the given code that names the file, NOT_READABLE for what is not a regular file or is too large;
 *   errors of the file system as Node gives them
 */
export async function readPackedText(path: string, options: PackedTextOptions): Promise<string> {
  const { code, largestBytes = LARGEST_BYTES } = options
  const refuse = (what: string, cause?: unknown): never => {
    throw new HotplugError(code, 'EINVAL', `${path}: ${what}`, { detail: { path }, cause })
  }
  const unpack = async (packed: Buffer): Promise<Buffer> => {
    try {
      return await unpackBytes(packed, largestBytes)
    } catch (error) {
      const { code: fault = '', message = String(error) } = error as NodeJS.ErrnoException
      return refuse(`cannot be unpacked: ${ZLIB_FAULTS[fault] ?? message}`, error)
    }
  }
  const read = readRegularBytes(path, { path, largestBytes })
  const isPacked = GZIP_MAGIC.every((byte, index) => read[index] === byte)
  if (!isPacked && path.endsWith('.gz')) refuse('not packed by gzip, as its name says')
  const bytes = isPacked ? await unpack(read) : read
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    return refuse('not UTF-8', error)
  }
}

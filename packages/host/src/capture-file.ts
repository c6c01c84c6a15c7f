import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type Capture, type ParseLimits, parseCapture, serialiseCapture } from '@memhp/capture'
import { HotplugError } from '@memhp/core'

const gzipAsync = promisify(gzip)
const gunzipAsync = promisify(gunzip)

/** Most bytes of an unpacked capture, where the caller sets no limit. */
const LARGEST_BYTES = 2 ** 28
/** Most bytes in UTF-8 of one unit of a JavaScript string. */
const CHARACTER_BYTES = 3
const GZIP_MAGIC = [0x1f, 0x8b]

const badFile = (path: string, message: string, cause?: unknown): HotplugError =>
  new HotplugError('BAD_CAPTURE', 'EINVAL', `${path}: ${message}`, { detail: { path }, cause })

async function unpack(path: string, bytes: Buffer, largest: number): Promise<Buffer> {
  const isPacked = GZIP_MAGIC.every((byte, index) => bytes[index] === byte)
  if (!isPacked) {
    if (path.endsWith('.gz')) throw badFile(path, 'not packed by gzip, as its name says')
    return bytes
  }
  try {
    return await gunzipAsync(bytes, { maxOutputLength: largest })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw badFile(path, `cannot be unpacked: ${reason}`, error)
  }
}

/**
 * Reads a capture file, packed by gzip or not.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; errors of the file system as Node gives them
 */
export async function readCaptureFile(path: string, limits: ParseLimits = {}): Promise<Capture> {
  const largest =
    limits.textLength === undefined ? LARGEST_BYTES : limits.textLength * CHARACTER_BYTES
  const bytes = await unpack(path, await readFile(path), largest)
  if (bytes.length > largest) throw badFile(path, `larger than ${largest} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw badFile(path, 'not UTF-8', error)
  }
  return parseCapture(text, limits)
}

export interface WriteCaptureOptions {
  /** Replace a file that is there already; default false. */
  readonly force?: boolean
}

/** Writes a file beside its place and moves it there, so that nobody ever sees half of it. */
async function writeWhole(path: string, bytes: Uint8Array, replace: boolean): Promise<void> {
  const beside = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(beside, 'wx', 0o644)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    // link(2) refuses where something is; rename(2) replaces it.
    if (replace) await rename(beside, path)
    else await link(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
}

/**
 * Writes a capture file, packed by gzip if its name ends in `.gz`. The same capture gives the same bytes.
 * @throws Error with code EEXIST where a file is there already and `force` is not set
 */
export async function writeCaptureFile(
  path: string,
  capture: Capture,
  { force = false }: WriteCaptureOptions = {},
): Promise<void> {
  const text = Buffer.from(serialiseCapture(capture))
  const bytes = path.endsWith('.gz') ? await gzipAsync(text, { level: 9 }) : text
  await writeWhole(path, bytes, force)
}

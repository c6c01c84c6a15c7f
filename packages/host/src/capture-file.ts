import { type FileHandle, link, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import {
  type Capture,
  captureText,
  type ParseLimits,
  parseCapture,
  strictJson,
} from '@memhp/capture'
import { HotplugError } from '@memhp/core'
import { readPackedText } from './packed-text'

/** A third of the time of zlib's own level; files are 2 % larger. */
const PACKING_LEVEL = 3
/** Most bytes in UTF-8 of one unit of a JavaScript string. */
const CHARACTER_BYTES = 3

/**
 * Reads a capture file, packed by gzip or not.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; errors of the file system as Node gives them
 */
export async function readCaptureFile(path: string, limits: ParseLimits = {}): Promise<Capture> {
  const { textLength } = limits
  const text = await readPackedText(path, {
    code: 'BAD_CAPTURE',
    ...(textLength === undefined ? {} : { largestBytes: textLength * CHARACTER_BYTES }),
  })
  return parseCapture(text, { json: strictJson, ...limits })
}

export interface WriteCaptureOptions {
  /** Replace a file that is there already; default false. */
  readonly force?: boolean
}

/** @throws HotplugError NOT_WRITABLE (EINVAL) where a device, a FIFO or a socket stands: rename(2) would replace it */
async function refuseSpecialFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || stats.isFile() || stats.isDirectory()) return
  const text = `${path}: not a regular file; it is not replaced`
  throw new HotplugError('NOT_WRITABLE', 'EINVAL', text, { detail: { path } })
}

/** Writes a file beside its place and moves it there, so that no reader ever sees half of it. */
async function writeWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  { force = false }: WriteCaptureOptions,
): Promise<void> {
  await refuseSpecialFile(path)
  const beside = join(dirname(path), `.${crypto.randomUUID()}.tmp`)
  try {
    const file = await open(beside, 'wx', 0o644)
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    // link(2) refuses where something is; rename(2) replaces it.
    if (force) await rename(beside, path)
    else await link(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
}

/**
 * Writes a capture file, packed by gzip if its name ends in `.gz`. The same capture gives the same bytes.
 * @throws Error with code EEXIST where a file is there already and `force` is not set; HotplugError NOT_WRITABLE
 *   (EINVAL) where a device, a FIFO or a socket stands
 */
export async function writeCaptureFile(
  path: string,
  capture: Capture,
  options: WriteCaptureOptions = {},
): Promise<void> {
  const pieces = captureText(capture)
  await writeWhole(
    path,
    (file) =>
      path.endsWith('.gz')
        ? pipeline(pieces, createGzip({ level: PACKING_LEVEL }), (packed) =>
            writeFile(file, packed),
          )
        : writeFile(file, pieces),
    options,
  )
}

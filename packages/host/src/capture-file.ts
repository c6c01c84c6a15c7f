import { type FileHandle, link, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Capture, captureText, type ParseLimits, parseCapture } from '@memhp/capture'
import { readPackedText } from './packed-text'

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
  return parseCapture(text, limits)
}

export interface WriteCaptureOptions {
  /** Replace a file that is there already; default false. */
  readonly force?: boolean
}

/** Writes a file beside its place and moves it there, so that no reader ever sees half of it. */
async function writeWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  { force = false }: WriteCaptureOptions,
): Promise<void> {
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
 * @throws Error with code EEXIST where a file is there already and `force` is not set
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
        ? pipeline(pieces, createGzip(), (packed) => writeFile(file, packed))
        : writeFile(file, pieces),
    options,
  )
}

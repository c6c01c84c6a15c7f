import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import {
  type Capture,
  captureText,
  type ParseLimits,
  parseCapture,
  strictJson,
} from '@memhp/capture'
import { readPackedText } from './packed-text'
import { type WholeFileOptions, writeWholeFile } from './whole-file'

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

/**
 * Writes a capture file, packed by gzip if its name ends in `.gz`. The same capture gives the same bytes.
 * @throws as `writeWholeFile`
 */
export async function writeCaptureFile(
  path: string,
  capture: Capture,
  options: WholeFileOptions = {},
): Promise<void> {
  const pieces = captureText(capture)
  await writeWholeFile(
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

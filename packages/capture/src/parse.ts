import { HotplugError } from '@memhp/core'
import { type FirmwareReading, shapeFault } from '@memhp/core/plugin'
import { type ParsedJson, parseJson, parsePlainJson } from '@memhp/trace'
import { captureShape } from './capture-shape'
import { type CaptureKeys, checkMeaning, firmwareChecks, type TextsKnown } from './check'
import { damaged, jsonPointer } from './fault'
import { CAPTURE_FORMAT, CAPTURE_VERSION, type Capture } from './format'
import { pathsOf } from './paths-of'

export interface ParseLimits {
  /** Most characters of the whole text; default 2^27. */
  readonly textLength?: number
  /** Most files, links, directories and modes together; default 2,000,000. */
  readonly entries?: number
  /** Of the firmware whose texts are checked too; default: none, for a twin checks those of the firmware that it has. */
  readonly dialects?: readonly FirmwareReading[]
  /**
   * How the JSON is read; default: by the engine, which says in its words what is wrong, and of two equal keys takes the last. For
   * captures that people write: `strictJson`.
   */
  readonly json?: (text: string) => ParsedJson
}

/** Reads JSON so that a fault has line and column, and a key that is there twice is one. */
export const strictJson = (text: string): ParsedJson => parseJson(text, { duplicates: 'refused' })

const TEXT_LENGTH = 2 ** 27
const ENTRIES = 2_000_000

function parsedValue(parsed: ParsedJson): unknown {
  if ('value' in parsed) return parsed.value
  const { place, fault } = parsed
  throw damaged(
    place === null ? { pointer: '' } : { line: place.line, column: place.column },
    fault,
  )
}

function checkHeader(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged({ pointer: '' }, 'no object')
  }
  const { format, version } = value as { format?: unknown; version?: unknown }
  if (format !== CAPTURE_FORMAT) {
    throw damaged({ pointer: '/format' }, `not ${CAPTURE_FORMAT}: this is not a capture`)
  }
  if (typeof version === 'number' && Number.isInteger(version) && version !== CAPTURE_VERSION) {
    throw new HotplugError(
      'UNKNOWN_VERSION',
      'EINVAL',
      `capture of version ${version}; this release reads version ${CAPTURE_VERSION}`,
      { detail: { version, supported: [CAPTURE_VERSION] } },
    )
  }
}

function checkEntries({ directories }: Capture, keys: CaptureKeys, limit: number): void {
  const { files, links, modes } = keys
  const entries = directories.length + files.length + links.length + modes.length
  if (entries > limit) throw damaged({ pointer: '' }, `${entries} entries, more than ${limit}`)
}

/**
 * Checks what a capture says against what a reader takes.
 * @throws HotplugError BAD_CAPTURE
 */
export function checkCapture(
  value: unknown,
  { texts, ...limits }: ParseLimits & { readonly texts: TextsKnown },
): Capture {
  const fault = shapeFault(captureShape(), value, pathsOf)
  if (fault !== undefined) {
    throw damaged({ pointer: jsonPointer(...fault.keys) }, fault.message)
  }
  const capture = value as Capture
  const keys = {
    files: pathsOf(capture.files),
    links: pathsOf(capture.links),
    modes: pathsOf(capture.modes),
  }
  checkEntries(capture, keys, limits.entries ?? ENTRIES)
  checkMeaning(capture, keys, texts)
  return capture
}

/**
 * Reads a capture and checks it: the JSON, its shape, and that the texts in it are what a kernel writes.
 * @param text the file's text, unpacked
 * @throws HotplugError BAD_CAPTURE (detail: JSON pointer, or by `strictJson` line and column in the text), UNKNOWN_VERSION
 */
export function parseCapture(text: string, limits: ParseLimits = {}): Capture {
  const largest = limits.textLength ?? TEXT_LENGTH
  if (text.length > largest) {
    throw damaged({ pointer: '' }, `${text.length} characters, more than ${largest}`)
  }
  const value = parsedValue((limits.json ?? parsePlainJson)(text))
  checkHeader(value)
  return checkCapture(value, {
    ...limits,
    texts: { firmware: firmwareChecks(limits.dialects ?? []) },
  })
}

import type { Capture } from './format'
import { compareCodeUnits } from './path'
import { pathsOf } from './paths-of'

const isSorted = (keys: readonly string[]): boolean =>
  keys.every((key, i) => i === 0 || (keys[i - 1] ?? '') < key)

/** The keys of a record in the order of code units, by which sort() compares strings. */
function sortedKeys(record: object): readonly string[] {
  const keys = pathsOf(record)
  return isSorted(keys) ? keys : [...keys].sort()
}

function sortedRecord<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const sorted: Record<string, T> = {}
  for (const key of sortedKeys(record)) sorted[key] = record[key] as T
  return sorted
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  compareCodeUnits(a.path, b.path)

/** The capture with its parts and lists in the one order that files have; the keys of its records are as they were. */
export function orderParts(capture: Capture): Capture {
  const { takenAt, hostname, notes, cpu, fileMode, pages } = capture
  return {
    format: capture.format,
    version: capture.version,
    ...(takenAt === undefined ? {} : { takenAt }),
    tool: capture.tool,
    arch: capture.arch,
    kernelRelease: capture.kernelRelease,
    ...(hostname === undefined ? {} : { hostname }),
    ...(notes === undefined ? {} : { notes }),
    ...(cpu === undefined ? {} : { cpu: { ...cpu, flags: [...cpu.flags].sort(compareCodeUnits) } }),
    files: capture.files,
    links: capture.links,
    directories: [...capture.directories].sort(compareCodeUnits),
    ...(fileMode === undefined ? {} : { fileMode }),
    modes: capture.modes,
    unreadable: [...capture.unreadable].sort(byPath),
    redacted: [...capture.redacted].sort(byPath),
    ...(pages === undefined ? {} : { pages: orderPages(pages) }),
  }
}

/**
 * The capture with every key and list in the one order that files have.
 * Two captures of the same content are then equal, key order included.
 */
export const orderCapture = (capture: Capture): Capture => ({
  ...orderParts(capture),
  files: sortedRecord(capture.files),
  links: sortedRecord(capture.links),
  modes: sortedRecord(capture.modes),
})

function orderPages(pages: NonNullable<Capture['pages']>): NonNullable<Capture['pages']> {
  const blocks = [...pages.blocks].sort((a, b) => a.id - b.id)
  return {
    pageBytes: pages.pageBytes,
    maxOrder: pages.maxOrder,
    blocks: blocks.map(({ id, counts, freeChunks }) => ({
      id,
      counts: sortedRecord(counts),
      ...(freeChunks === undefined ? {} : { freeChunks }),
    })),
  }
}

/** Characters that are gathered before they are handed on. */
const PIECE_LENGTH = 2 ** 16

/** A value on one line, or an object, by its keys in order, or a list with one entry a line. */
function* linesOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    yield JSON.stringify(value)
    return
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const record = value as Readonly<Record<string, unknown>>
  const keys = Array.isArray(value) ? Object.keys(value) : sortedKeys(value)
  let piece = open
  let comma = ''
  for (const key of keys) {
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}:`
    piece += `${comma}\n${name}${JSON.stringify(record[key])}`
    comma = ','
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  yield `${piece}${keys.length === 0 ? '' : '\n'}${close}`
}

/** The text of `serialiseCapture` in pieces, for captures of which the whole text would be many megabytes. */
export function* captureText(capture: Capture): Generator<string> {
  const { pages, ...rest } = orderParts(capture)
  let before = '{\n'
  for (const [key, value] of Object.entries(rest)) {
    yield `${before}${JSON.stringify(key)}:`
    yield* linesOf(value)
    before = ',\n'
  }
  if (pages !== undefined) {
    const { blocks, ...header } = pages
    yield `${before}"pages":${JSON.stringify(header).slice(0, -1)},"blocks":`
    yield* linesOf(blocks)
    yield '}'
  }
  yield '\n}\n'
}

/**
 * The text of a capture file: the same capture gives the same bytes. One file, link or memory block a line, so that
 * two captures can be compared with diff(1). Ends with a newline.
 */
export const serialiseCapture = (capture: Capture): string => [...captureText(capture)].join('')

import type { Capture } from './format'
import { compareCodeUnits } from './path'

const sortedRecord = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => compareCodeUnits(a, b)))

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  compareCodeUnits(a.path, b.path)

/**
 * The capture with every key and list in the one order that files have.
 * Two captures of the same content are then equal, key order included.
 */
export function orderCapture(capture: Capture): Capture {
  const { takenAt, hostname, notes, cpu, pages } = capture
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
    files: sortedRecord(capture.files),
    links: sortedRecord(capture.links),
    directories: [...capture.directories].sort(compareCodeUnits),
    modes: sortedRecord(capture.modes),
    unreadable: [...capture.unreadable].sort(byPath),
    redacted: [...capture.redacted].sort(byPath),
    ...(pages === undefined ? {} : { pages: orderPages(pages) }),
  }
}

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

/** A value on one line, or an object or a list with one entry a line. */
function lines(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const entries = Array.isArray(value)
    ? value.map((item) => JSON.stringify(item))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`)
  return entries.length === 0 ? open + close : `${open}\n${entries.join(',\n')}\n${close}`
}

/**
 * The text of a capture file: the same capture gives the same bytes. One file, link or memory block a line, so that
 * two captures can be compared with diff(1). Ends with a newline.
 */
export function serialiseCapture(capture: Capture): string {
  const { pages, ...rest } = orderCapture(capture)
  const parts = Object.entries(rest).map(([key, value]) => `${JSON.stringify(key)}:${lines(value)}`)
  if (pages !== undefined) {
    const { blocks, ...header } = pages
    parts.push(`"pages":${JSON.stringify(header).slice(0, -1)},"blocks":${lines(blocks)}}`)
  }
  return `{\n${parts.join(',\n')}\n}\n`
}

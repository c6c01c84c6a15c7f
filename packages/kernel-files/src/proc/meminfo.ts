import { unexpectedText } from '../text-fault'

/** A counter of meminfo. */
export interface MeminfoCounter {
  /** In `unit`. */
  readonly value: number
  readonly unit: 'kB' | 'count'
}

/** The counters of /proc/meminfo or of a node's meminfo by name, in the order of the text. */
export type Meminfo = ReadonlyMap<string, MeminfoCounter>

const LINE = /^(?:Node \d+ )?([^:]+): +(\d+)( kB)?$/

/**
 * Reads /proc/meminfo, or the meminfo of a node, whose lines begin with `Node 0 `.
 * @throws TextFault. Source: fs/proc/meminfo.c, drivers/base/node.c node_read_meminfo (Linux 6.1)
 */
export function parseMeminfo(text: string): Meminfo {
  const counters = new Map<string, MeminfoCounter>()
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line === '') continue
    const [, name, value, unit] = LINE.exec(line) ?? []
    if (name === undefined) {
      const expected = 'a line of meminfo'
      throw unexpectedText({ file: 'meminfo', line: index + 1, expected, found: line })
    }
    counters.set(name, { value: Number(value), unit: unit === undefined ? 'count' : 'kB' })
  }
  return counters
}

/** A counter in kB; undefined where the text has none of that name, or counts it in something else. */
export function kilobytesOf(meminfo: Meminfo, name: string): number | undefined {
  const counter = meminfo.get(name)
  return counter?.unit === 'kB' ? counter.value : undefined
}

const LEAF_UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** The kernel's direct map as the counters `DirectMap4k`, … tell it: bytes by leaf size in bytes. Empty where there are none. */
export function directMapOf(meminfo: Meminfo): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>()
  for (const [name, { value }] of meminfo) {
    const [, size, unit = ''] = /^DirectMap(\d+)([kMG])$/.exec(name) ?? []
    if (size !== undefined) bytes.set(Number(size) * (LEAF_UNITS[unit] ?? 1), value * 1024)
  }
  return bytes
}

/** Columns of name and value. The kernel's format strings stand each for itself: these are the ones that differ. */
function columnsOf(name: string, { unit }: MeminfoCounter, node: number | undefined): number {
  if (name.startsWith('DirectMap')) return `${name}:`.length + 12
  return unit === 'count' && node !== undefined ? 22 : 24
}

/** A line of /proc/meminfo, or of a node's meminfo, without its newline. */
export function formatMeminfoLine(
  [name, counter]: readonly [string, MeminfoCounter],
  node?: number,
): string {
  const columns = columnsOf(name, counter, node)
  const head = `${name}: `.padEnd(columns - 8)
  const value = String(counter.value).padStart(columns - head.length)
  const unit = counter.unit === 'kB' ? ' kB' : ''
  return `${node === undefined ? '' : `Node ${node} `}${head}${value}${unit}`
}

/** The text of /proc/meminfo, or of a node's meminfo. */
export const formatMeminfo = (meminfo: Meminfo, node?: number): string =>
  [...meminfo].map((counter) => `${formatMeminfoLine(counter, node)}\n`).join('')

/** What is shown over a captured meminfo. */
export interface MeminfoOverlay {
  /** In kB, by name. */
  readonly kilobytes: Readonly<Record<string, number>>
  /** Whole lines without newline that follow those of the base, or replace the one of their name. */
  readonly lines: readonly string[]
}

const nameOf = (line: string): string => /^(?:Node \d+ )?([^:]*)/.exec(line)?.[1] ?? ''

/**
 * Prepares meminfo texts that show other values than a captured one, and keep the form of its other lines.
 * @param captured `base`: its text, undefined where only the values are shown; `node`: undefined for /proc/meminfo
 * @returns what gives the text: the captured one is looked through when that is called first, and the text is made anew when
 *   something else is shown than the time before
 */
export function meminfoOver(captured: {
  readonly base: string | undefined
  readonly node: number | undefined
}): (overlay: MeminfoOverlay) => string {
  const { base = '', node } = captured
  let capturedLines: ReadonlyMap<string, string> | undefined
  let last: { readonly overlay: MeminfoOverlay; readonly text: string } | undefined
  const textWith = ({ kilobytes, lines }: MeminfoOverlay): string => {
    capturedLines ??= linesByName(base.trimEnd().split('\n'))
    const shown = new Map(capturedLines)
    for (const [name, value] of Object.entries(kilobytes))
      shown.set(name, formatMeminfoLine([name, { value, unit: 'kB' }], node))
    for (const line of lines) shown.set(nameOf(line), line)
    return `${[...shown.values()].join('\n')}\n`
  }
  return (overlay) => {
    if (last === undefined || !showTheSame(last.overlay, overlay))
      last = { overlay, text: textWith(overlay) }
    return last.text
  }
}

function showTheSame(a: MeminfoOverlay, b: MeminfoOverlay): boolean {
  const names = Object.keys(a.kilobytes)
  return (
    names.length === Object.keys(b.kilobytes).length &&
    names.every((name) => a.kilobytes[name] === b.kilobytes[name]) &&
    a.lines.length === b.lines.length &&
    a.lines.every((line, i) => line === b.lines[i])
  )
}

const linesByName = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(lines.filter((line) => line !== '').map((line) => [nameOf(line), line]))

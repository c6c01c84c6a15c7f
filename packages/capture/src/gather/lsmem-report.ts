import { parseSize, unexpectedText } from '@memhp/kernel-files'
import { parseJson } from '@memhp/trace'

/** A row of lsmem: like blocks. What it does not have is undefined. */
export interface LsmemRow {
  /** Line of the text, from 1; of JSON 1. */
  readonly line: number
  /** Physical addresses, bytes, `end` exclusive. */
  readonly range?: { readonly start: number; readonly end: number }
  readonly blocks?: { readonly first: number; readonly last: number }
  readonly sizeBytes?: number
  readonly state?: string
  readonly removable?: boolean
  readonly node?: number
  /** In the order of `valid_zones`. */
  readonly zones?: readonly string[]
}

/** What lsmem printed. */
export interface LsmemReport {
  readonly rows: readonly LsmemRow[]
  /** Of the line `Memory block size`. */
  readonly blockBytes?: number
}

const COLUMNS = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES'] as const
const OTHERS = ['CONFIGURED', 'MEMMAP-ON-MEMORY'] as const
type Cells = Readonly<Partial<Record<string, string>>>

const RANGE = /^0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})$/i
const BLOCKS = /^(\d{1,9})(?:-(\d{1,9}))?$/
const SIZE = /^\d{1,16}(?:\.\d{1,3})?[BKMGTP]?$/

function checked(cells: Cells, line: number): void {
  const bad = (name: string, found: string): never => {
    throw unexpectedText({ file: 'lsmem', line, expected: `a cell of ${name}`, found })
  }
  const test = (name: string, pattern: RegExp): void => {
    const cell = cells[name]
    if (cell !== undefined && cell !== '' && !pattern.test(cell)) bad(name, cell)
  }
  test('RANGE', RANGE)
  test('BLOCK', BLOCKS)
  test('SIZE', SIZE)
  test('STATE', /^(?:online|offline|on->off|going-offline|\?)$/)
  test('NODE', /^\d{1,5}$/)
  test('REMOVABLE', /^(?:yes|no|true|false|[01])$/)
  test('ZONES', /^(?:\w{1,16}(?:[/ ]\w{1,16}){0,7})$/)
}

function rowOf(cells: Cells, line: number): LsmemRow {
  checked(cells, line)
  const [, start, last] = RANGE.exec(cells.RANGE ?? '') ?? []
  const [, first, end = first] = BLOCKS.exec(cells.BLOCK ?? '') ?? []
  const { STATE: state = '', SIZE: size = '', NODE: node = '', ZONES: zones = '' } = cells
  const sizeBytes = parseSize(size)
  // Of offline blocks lsmem tells nothing, and its JSON says false.
  const isTold = state === 'online' && (cells.REMOVABLE ?? '') !== ''
  return {
    line,
    ...(start === undefined || last === undefined
      ? {}
      : { range: { start: Number.parseInt(start, 16), end: Number.parseInt(last, 16) + 1 } }),
    ...(first === undefined ? {} : { blocks: { first: Number(first), last: Number(end) } }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(state === '' || state === '?'
      ? {}
      : { state: state === 'on->off' ? 'going-offline' : state }),
    ...(isTold ? { removable: /^(?:yes|true|1)$/.test(cells.REMOVABLE ?? '') } : {}),
    ...(node === '' ? {} : { node: Number(node) }),
    ...(zones === '' ? {} : { zones: zones.split(/[/ ]/) }),
  }
}

/** Where the columns of a table end, as its headings stand: all but the first are moved to the right. */
interface Heading {
  readonly name: string
  readonly end: number
}

const headingsIn = (line: string): readonly Heading[] =>
  [...line.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, end: index + name.length }))

const isHeading = (line: string): boolean => {
  const names = line.trim().split(/\s+/)
  return names.every((name) => [...COLUMNS, ...OTHERS].some((known) => known === name))
}

/** Cells by their columns: by their order where none is empty, else by where they end. */
function cellsUnder(headings: readonly Heading[], line: string): Cells {
  const tokens = headingsIn(line)
  const raw = line.split(' ')
  if (tokens.length === headings.length)
    return Object.fromEntries(headings.map(({ name }, at) => [name, tokens[at]?.name ?? '']))
  if (raw.length === headings.length)
    return Object.fromEntries(headings.map(({ name }, at) => [name, raw[at] ?? '']))
  const cells: Record<string, string> = {}
  for (const [at, { name, end }] of tokens.entries()) {
    const isLast = at === tokens.length - 1
    const under =
      at === 0
        ? headings[0]
        : (headings.find((heading) => heading.end === end) ??
          (isLast ? headings.at(-1) : undefined))
    if (under !== undefined) cells[under.name] = name
  }
  return cells
}

/** `RANGE="0x…" SIZE="3G" …`. */
const pairsIn = (line: string): Cells =>
  Object.fromEntries(
    [...line.matchAll(/([A-Z][A-Z_-]{2,20})="([^"]{0,200})"/g)].map(
      ({ 1: name = '', 2: text = '' }) => [name.replaceAll('_', '-'), text],
    ),
  )

/** What people put before pasted lines. */
const withoutQuote = (line: string): string => line.replace(/^(?:> ?)+/, '').replace(/\s+$/, '')

/** Columns where nothing says which: those without `--output`. */
const DEFAULT_HEADINGS: readonly Heading[] = COLUMNS.slice(0, 5).map((name) => ({ name, end: -1 }))

function tableIn(text: string): LsmemReport {
  const rows: LsmemRow[] = []
  let headings: readonly Heading[] | undefined
  let blockBytes: number | undefined
  for (const [index, quoted] of text.split('\n').entries()) {
    const line = withoutQuote(quoted)
    const [, size] = /^Memory block size: +(\S+)$/.exec(line) ?? []
    if (size !== undefined) blockBytes = parseSize(size)
    else if (line.trim() !== '' && isHeading(line)) headings = headingsIn(line)
    else if (/^[A-Z_-]+="/.test(line)) rows.push(rowOf(pairsIn(line), index + 1))
    else if (/^0x[0-9a-f]{1,16}-0x/i.test(line) || (headings !== undefined && /^ *\d/.test(line)))
      rows.push(rowOf(cellsUnder(headings ?? DEFAULT_HEADINGS, line), index + 1))
    else if (line.trim() === '' && rows.length > 0) headings = undefined
  }
  return { rows, ...(blockBytes === undefined ? {} : { blockBytes }) }
}

const cellOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : ''

function jsonIn(text: string): LsmemReport {
  const parsed = parseJson(text, { duplicates: 'refused' })
  const value = 'value' in parsed ? parsed.value : undefined
  const memory =
    typeof value === 'object' && value !== null && 'memory' in value ? value.memory : undefined
  if (!Array.isArray(memory)) {
    const expected = 'the JSON of lsmem: an object with a list “memory”'
    throw unexpectedText({ file: 'lsmem', line: 1, expected, found: text.slice(0, 40) })
  }
  return {
    rows: memory.map((row: unknown) => {
      const fields = typeof row === 'object' && row !== null ? Object.entries(row) : []
      return rowOf(
        Object.fromEntries(fields.map(([name, cell]) => [name.toUpperCase(), cellOf(cell)])),
        1,
      )
    }),
  }
}

/**
 * What lsmem of 2.38 to 2.42 printed, as a table, raw, as pairs or as JSON, with anything before and behind it.
 * @throws TextFault for a cell that lsmem does not print
 */
export const parseLsmem = (text: string): LsmemReport =>
  /^\s*\{/.test(text) ? jsonIn(text) : tableIn(text)

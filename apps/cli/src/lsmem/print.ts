import { type CellStyle, cellText, sizeText } from './cells'
import type { NamedColumn } from './column'
import type { LsmemRange } from './ranges'
import type { LsmemReading } from './read-blocks'
import type { LsmemVersion } from './version'

/** What is printed, and how. */
export interface PrintedTable {
  readonly columns: readonly NamedColumn[]
  readonly ranges: readonly LsmemRange[]
  readonly style: CellStyle
  readonly version: LsmemVersion
  readonly headings: boolean
}

const rowsOf = ({ columns, ranges, style }: PrintedTable): readonly (readonly string[])[] =>
  ranges.map((range) => columns.map((column) => cellText(column, range, style)))

/**
 * Columns of text that a column takes where no terminal limits it: as its widest cell and its heading need; a hint widens those of
 * which the cells need more than the heading. Source: what lsmem 2.38.1 and 2.42.4 print of the same trees
 */
function widthOf(
  { name, hint = 0 }: NamedColumn,
  cells: number,
  { version, headings }: PrintedTable,
): number {
  const counted = headings || version.countsHiddenHeadings
  const least = counted ? name.length : 1
  if (!counted && cells === 0) return 0
  if (cells < least || (cells === least && !version.widensEqual)) return least
  return cells < hint && least < hint ? hint : cells
}

/** A table, its columns one blank apart. The last cell of a row is only moved to the right if it has a text. */
export function tableText(table: PrintedTable): string {
  const { columns, headings } = table
  const rows = rowsOf(table)
  const widths = columns.map((column, at) =>
    widthOf(
      column,
      rows.reduce((most, cells) => Math.max(most, cells[at]?.length ?? 0), 0),
      table,
    ),
  )
  const last = columns.length - 1
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => {
        const isRight = columns[at]?.align === 'right'
        if (at === last && (!isRight || cell === '')) return cell
        return isRight ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
      })
      .join(' ')}\n`
  const head = headings ? line(columns.map(({ name }) => name)) : ''
  return head + rows.map(line).join('')
}

const hexOf = (sign: string): string => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`

/** A text without what would end a cell, as libsmartcols writes it. */
const rawCell = (text: string): string => text.replaceAll(/[\s\\]/g, hexOf)

/** A text without what would end it or a shell would take for its own. */
const quoted = (text: string): string => text.replaceAll(/["\\`$]/g, hexOf)

/** Rows for scripts: cells one blank apart, whatever their width. */
export function rawText(table: PrintedTable): string {
  const head = table.headings ? [table.columns.map(({ name }) => name)] : []
  return [...head, ...rowsOf(table)].map((cells) => `${cells.map(rawCell).join(' ')}\n`).join('')
}

/** Rows as `NAME="text"`. */
export function pairsText(table: PrintedTable): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => `${table.columns[at]?.name}="${quoted(cell)}"`).join(' ')
  return rowsOf(table)
    .map((cells) => `${line(cells)}\n`)
    .join('')
}

function jsonValue({ json }: NamedColumn, text: string, bytes: boolean): string {
  if (json === 'boolean') return `${text === 'yes'}`
  if (text === '') return 'null'
  return json === 'number' || (json === 'bytes' && bytes) ? text : JSON.stringify(text)
}

/** Rows as JSON, with the blanks and line ends of libsmartcols. */
export function jsonText(table: PrintedTable): string {
  const { columns, style } = table
  const objects = rowsOf(table).map((cells) => {
    const fields = columns.map(
      (column, at) =>
        `         "${column.name.toLowerCase()}": ${jsonValue(column, cells[at] ?? '', style.bytes)}`,
    )
    return `{\n${fields.join(',\n')}\n      }`
  })
  return `{\n   "memory": [\n      ${objects.join(',')}\n   ]\n}\n`
}

const MEMMAP_WORDS: readonly (readonly [string, string])[] = [
  ['Y', 'yes'],
  ['N', 'no'],
  ['force', 'force'],
]

/** Sums below a table. */
export function summaryText(
  reading: LsmemReading,
  { version, bytes }: { readonly version: LsmemVersion; readonly bytes: boolean },
): string {
  const { blockBytes, blocks, memmapOnMemory } = reading
  const width = bytes ? 15 : 5
  const line = (label: string, value: string): string =>
    `${`${label}:`.padEnd(version.labelWidth)} ${value.padStart(width)}\n`
  const online = blocks.filter(({ state }) => state === 'online').length
  const memmap = MEMMAP_WORDS.find(([word]) => memmapOnMemory?.startsWith(word))
  return [
    line('Memory block size', sizeText(blockBytes, { bytes })),
    line('Total online memory', sizeText(online * blockBytes, { bytes })),
    line('Total offline memory', sizeText((blocks.length - online) * blockBytes, { bytes })),
    memmap === undefined ? '' : line('Memmap on memory parameter', memmap[1]),
  ].join('')
}

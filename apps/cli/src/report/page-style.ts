import type { Paint } from '../context'
import { type Cell, type Column, renderTable } from '../output/table'
import { wrapText } from '../output/wrap'

/** How a report is to look. */
export interface PageStyle {
  readonly paint: Paint
  /** Columns of running text. */
  readonly width: number
  /** Columns of tables; absent: as many as they want, for no terminal shows them. */
  readonly tableWidth?: number
}

const NARROWEST = 72
const WIDEST = 120
const DEFAULT_WIDTH = 100

/** The looks of a report on a terminal of the given width; undefined where there is no terminal. */
export const pageStyle = (paint: Paint, columns: number | undefined): PageStyle => ({
  paint,
  width: Math.min(WIDEST, Math.max(NARROWEST, columns ?? DEFAULT_WIDTH)),
  ...(columns === undefined ? {} : { tableWidth: columns }),
})

/** What stands before tables. */
const INDENT = '  '

/** Columns before the text of a label. */
const LABEL_WIDTH = 12

/** Text with something before its first line, the other lines below it. */
function hanging(lead: string, text: string, style: PageStyle): string {
  const [first = '', ...rest] = wrapText(text, style.width - lead.length)
  const others = rest.map((line) => `${' '.repeat(lead.length)}${line}`)
  return `${[`${lead}${first}`.trimEnd(), ...others].join('\n')}\n`
}

/** A name and its text in a separate column, as many lines as it takes. */
export const labelled = (label: string, text: string, style: PageStyle): string =>
  hanging(`  ${label.padEnd(LABEL_WIDTH - 2)}`, text, style)

/** One item of a list, under a label or, without one, under nothing. */
export const bullet = (label: string | undefined, text: string, style: PageStyle): string =>
  hanging(label === undefined ? '  - ' : `  ${label.padEnd(LABEL_WIDTH - 2)}- `, text, style)

/** A heading and what stands under it. An empty body gives nothing. */
export const section = (title: string, body: string, style: PageStyle): string =>
  body === '' ? '' : `${style.paint.bold(title)}\n${body}\n`

/** A table in a section: moved to the right, and as wide as the page lets it be. */
export function sectionTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { tableWidth }: PageStyle,
): string {
  const width = tableWidth === undefined ? undefined : tableWidth - INDENT.length
  return renderTable(columns, rows, width).replace(/^(?=.)/gm, INDENT)
}

/** `1 block`, `2 blocks`. */
export const plural = (number: number, thing: string): string =>
  `${grouped(number)} ${thing}${number === 1 ? '' : 's'}`

/** Digits in groups of three: `12,345`. */
export const grouped = (number: number): string => `${number}`.replace(/\B(?=(?:\d{3})+$)/g, ',')

/** `a`, `a and b`, `a, b and c`. */
export function joined(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

/** `node 1`, `nodes 0 and 1`. */
export const nodesText = (nodes: readonly number[]): string =>
  nodes.length === 1 ? `node ${nodes[0]}` : `nodes ${joined(nodes.map(String))}`

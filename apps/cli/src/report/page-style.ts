import type { Paint } from '../context'

/** How a report is to look. */
export interface PageStyle {
  readonly paint: Paint
  /** Columns of text. */
  readonly width: number
}

const NARROWEST = 72
const WIDEST = 120
const DEFAULT_WIDTH = 100

/** Columns for a report on a terminal of so many; undefined where no terminal looks. */
export const reportWidth = (columns: number | undefined): number =>
  Math.min(WIDEST, Math.max(NARROWEST, columns ?? DEFAULT_WIDTH))

/** Breaks text at blanks. A word that is longer than a line stays whole. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (next.length > width && line !== '') {
      lines.push(line)
      line = word
    } else line = next
  }
  return [...lines, line]
}

/** A name and its text in a column of their own, as many lines as it takes. */
export function labelled(label: string, text: string, style: PageStyle): string {
  const indent = 12
  const [first = '', ...rest] = wrapText(text, style.width - indent)
  const lines = [
    `  ${label.padEnd(indent - 2)}${first}`,
    ...rest.map((line) => `${' '.repeat(indent)}${line}`),
  ]
  return `${lines.join('\n')}\n`
}

/** A heading and what stands under it. An empty body gives nothing. */
export const section = (title: string, body: string, style: PageStyle): string =>
  body === '' ? '' : `${style.paint.bold(title)}\n${body}\n`

/** Moves lines to the right. */
export const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

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

import { stripVTControlCharacters } from 'node:util'

/** A column of a table: its heading, and on which side its texts stand. */
export interface Column {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

/** As in lsmem: two blanks between columns are enough, and scripts can split them. */
const BETWEEN = '  '

/** Characters that are seen: colours are not. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length

function padded(
  text: string,
  { align, width }: { readonly align: 'left' | 'right'; readonly width: number },
): string {
  const blanks = ' '.repeat(width - widthOf(text))
  return align === 'right' ? blanks + text : text + blanks
}

/** Aligns cells in columns below their headings. Cells may be coloured. @returns lines without trailing blanks */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({ heading }) => heading), ...rows]
  const shapes = columns.map(({ align = 'left' }, index) => ({
    align,
    width: lines.reduce((most, cells) => Math.max(most, widthOf(cells[index] ?? '')), 0),
  }))
  const line = (cells: readonly string[]): string =>
    shapes
      .map((shape, index) => padded(cells[index] ?? '', shape))
      .join(BETWEEN)
      .trimEnd()
  return lines.map((cells) => `${line(cells)}\n`).join('')
}

/** Prints names and values, one a line. Values of several lines stay in their column. */
export function renderFields(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2
  return fields
    .map(([name, value]) => {
      const lines = value.split('\n').join(`\n${' '.repeat(width)}`)
      return `${`${name}:`.padEnd(width)}${lines}\n`
    })
    .join('')
}

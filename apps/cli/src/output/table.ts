import { narrowestOf, widthOf, wrapText } from './wrap'

/** A column of a table: its heading, on which side its texts stand, and whether they may be broken at blanks. */
export interface Column {
  readonly heading: string
  readonly align?: 'left' | 'right'
  readonly wraps?: true
}

/** Text of one or more lines; with a paint where each of its lines is to have a colour. */
export type Cell = string | { readonly text: string; readonly paint: (line: string) => string }

/** As in lsmem: two blanks between columns are enough, and scripts can split them. */
const BETWEEN = '  '

const textOf = (cell: Cell | undefined): string =>
  typeof cell === 'object' ? cell.text : (cell ?? '')
const linesOf = (cell: Cell | undefined): readonly string[] => textOf(cell).split('\n')

const longest = (lines: readonly string[], measure: (line: string) => number): number =>
  lines.reduce((most, line) => Math.max(most, measure(line)), 0)

/** A column as it is drawn. */
interface Shape {
  readonly align: 'left' | 'right'
  readonly width: number
}

/** Narrows columns that wrap, the widest first, until the table fits or no word of theirs would. */
function shapesOf(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly Shape[] {
  const shapes = columns.map(({ heading, align = 'left', wraps }, index) => {
    const lines = [heading, ...rows.flatMap((cells) => linesOf(cells[index]))]
    const own = longest(lines, widthOf)
    return { align, width: own, least: wraps ? longest(lines, narrowestOf) : own }
  })
  const taken = shapes.reduce((sum, shape) => sum + shape.width, 0)
  let excess = taken + BETWEEN.length * (columns.length - 1) - width
  for (; excess > 0; excess -= 1) {
    const [widest] = shapes
      .filter((shape) => shape.width > shape.least)
      .sort((a, b) => b.width - a.width)
    if (widest === undefined) break
    widest.width -= 1
  }
  return shapes
}

function padded(text: string, { align, width }: Shape): string {
  const blanks = ' '.repeat(width - widthOf(text))
  return align === 'right' ? blanks + text : text + blanks
}

/** A row as lines, each text in its column. */
function drawRow(cells: readonly Cell[], shapes: readonly Shape[]): string {
  const drawn = shapes.map((shape, index) => {
    const cell = cells[index]
    const lines = linesOf(cell).flatMap((line) => wrapText(line, shape.width))
    return typeof cell === 'object' ? lines.map(cell.paint) : lines
  })
  const height = Math.max(...drawn.map((lines) => lines.length))
  const lineAt = (at: number): string =>
    shapes.map((shape, index) => padded(drawn[index]?.[at] ?? '', shape)).join(BETWEEN)
  return Array.from({ length: height }, (_, at) => `${lineAt(at).trimEnd()}\n`).join('')
}

/**
 * Aligns cells in columns below their headings. Cells may be coloured; those of columns that wrap only by a paint.
 * @param width columns of text that there are; default: as many as the table wants
 * @returns lines without trailing blanks, and wider than `width` only where no column that wraps can be narrower
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const shapes = shapesOf(columns, rows, width)
  return [columns.map(({ heading }) => heading), ...rows]
    .map((cells) => drawRow(cells, shapes))
    .join('')
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

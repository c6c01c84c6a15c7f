import Table from 'cli-table3'

/** A column of a table: its heading, and on which side its texts stand. */
export interface Column {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

/** No lines, as in lsmem: two blanks between columns are enough, and scripts can split them. */
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Lays out a table with a line of headings. Cells may be coloured. @returns lines without trailing blanks */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  })
  table.push(
    columns.map(({ heading }) => heading),
    ...rows.map((row) => [...row]),
  )
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

/** Lays out names and values, one a line. Values of several lines stay in their column. */
export function renderFields(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2
  return fields
    .map(([name, value]) => {
      const lines = value.split('\n').join(`\n${' '.repeat(width)}`)
      return `${`${name}:`.padEnd(width)}${lines}\n`
    })
    .join('')
}

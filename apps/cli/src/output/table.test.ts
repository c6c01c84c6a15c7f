import fc from 'fast-check'
import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { type Column, renderTable } from './table'

describe('renderTable', () => {
  it('aligns columns, leaves no trailing blanks and draws no lines', () => {
    const text = renderTable(
      [{ heading: 'NAME' }, { heading: 'SIZE', align: 'right' }, { heading: 'WHERE' }],
      [
        ['a', '128M', 'here'],
        ['bcdef', '1G', ''],
      ],
    )
    expect(text).toBe('NAME   SIZE  WHERE\na      128M  here\nbcdef    1G\n')
  })

  it('measures what is seen, not the colours', () => {
    const text = renderTable(
      [{ heading: 'A' }, { heading: 'B' }],
      [['\u001b[32mxx\u001b[39m', 'y']],
    )
    expect(text.split('\n')).toEqual(['A   B', '\u001b[32mxx\u001b[39m  y', ''])
  })

  it('is only headings without rows', () => {
    expect(renderTable([{ heading: 'A' }, { heading: 'B' }], [])).toBe('A  B\n')
  })

  it('gives each line of a cell its own line in the column, and wraps only where there is not the room', () => {
    const columns: readonly Column[] = [
      { heading: 'N', align: 'right' },
      { heading: 'WHAT', wraps: true },
      { heading: 'STATE' },
    ]
    const rows = [
      ['1', 'one\n  two three', 'on'],
      ['2', '', 'off'],
    ]
    expect(renderTable(columns, rows)).toBe(
      'N  WHAT         STATE\n1  one          on\n     two three\n2               off\n',
    )
    expect(renderTable(columns, rows, 16)).toBe(
      'N  WHAT     STATE\n1  one      on\n     two\n     three\n2           off\n',
    )
  })

  it('paints each line of a cell, not what stands beside it', () => {
    const { red } = picocolors.createColors(true)
    const cell = { text: 'one two', paint: red }
    const columns: readonly Column[] = [{ heading: 'A', wraps: true }, { heading: 'B' }]
    const text = renderTable(columns, [[cell, 'x']], 3)
    expect(text).toBe(`A    B\n${red('one')}  x\n${red('two')}\n`)
  })

  const word = fc.stringMatching(/^[a-z]{1,9}$/)
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
  const cell = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'))
  const table = fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.record({
      wraps: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), { maxLength: 5 }),
      width: fc.option(fc.integer({ min: 5, max: 150 }), { nil: undefined }),
    }),
  )
  const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean)

  it('has every word of a column in that column, in order, whatever the cells hold', () => {
    fc.assert(
      fc.property(table, ({ wraps, rows, width }) => {
        const columns = wraps.map(
          (isWrapped, i): Column => ({ heading: `H${i}`, ...(isWrapped ? { wraps: true } : {}) }),
        )
        const text = renderTable(columns, rows, width)
        const lines = text.split('\n')
        const starts = columns.map(({ heading }) => text.indexOf(heading))
        for (const [i, { heading }] of columns.entries()) {
          const start = starts[i] ?? 0
          const drawn = lines.map((each) => each.slice(start, starts[i + 1]))
          for (const each of lines)
            expect(
              each
                .padEnd(start)
                .slice(Math.max(0, start - 2), start)
                .trim(),
            ).toBe('')
          const expected = [heading, ...rows.map((cells) => cells[i] ?? '')]
          expect(wordsOf(drawn.join('\n'))).toEqual(expected.flatMap(wordsOf))
        }
      }),
    )
  })
})

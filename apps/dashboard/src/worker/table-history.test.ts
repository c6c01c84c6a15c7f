import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TableNode } from '../protocol/timeline'
import { TableHistory } from './table-history'

const GIB = 2 ** 30
const MIB = 2 ** 20

const leaves = (count: number) => [{ leafBytes: 4096, count }]

/** A root with tables of 2 MiB below it. @param counts leaves of each; null: the table is not there */
function tree(counts: readonly (number | null)[]): readonly TableNode[] {
  return [
    { level: 'PGD', offset: 0, parent: null, leaves: [] },
    { level: 'PUD', offset: GIB, parent: 0, leaves: [] },
    ...counts.flatMap((count, index): readonly TableNode[] =>
      count === null
        ? []
        : [{ level: 'PTE', offset: GIB + index * 2 * MIB, parent: 1, leaves: leaves(count) }],
    ),
  ]
}

function historyOf(moments: readonly (readonly (number | null)[])[]): TableHistory {
  const history = new TableHistory()
  for (const counts of moments) history.push(tree(counts))
  return history
}

test('opens as far as there is one way, and tells what is below', () => {
  const history = historyOf([
    [512, 512, null],
    [512, null, null],
    [null, null, 7],
  ])
  expect(history.rows(0, null)).toMatchObject([
    { level: 'PGD', state: 'stays', isOpen: true, below: { tables: 3, left: 3 }, rails: [false] },
    { level: 'PUD', isOpen: true, leavesBelow: 1024, rails: [false, false] },
    { level: 'PTE', state: 'goes', place: 1, siblings: 2, rails: [false, false, true] },
    { level: 'PTE', state: 'goes', place: 2, rails: [false, false, false] },
  ])
  expect(history.rows(1, ['PGD 0'])).toMatchObject([
    { below: { tables: 3, left: 2 }, leavesBelow: 512 },
    { level: 'PUD', isOpen: false, below: { tables: 2, left: 1 } },
  ])
  expect(history.rows(2, null).slice(2)).toMatchObject([
    { state: 'gone', leaves: [{ were: 512, are: 0 }] },
    { state: 'gone' },
    { state: 'stays', leaves: [{ were: 7, are: 7 }] },
  ])
  expect(history.rows(2, [])).toHaveLength(1)
})

test('every moment is told as it was pushed, whatever came before and after', () => {
  const counts = fc.array(fc.option(fc.integer({ min: 1, max: 3 })), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1, maxLength: 6 }), (moments) => {
      const history = historyOf(moments)
      for (const [at, wanted] of moments.entries()) {
        const rows = history.rows(at, ['PGD 0', `PUD ${GIB}`])
        const met = wanted.map((_, index) =>
          moments.slice(0, at + 1).some((each) => each[index] !== null),
        )
        const tables = rows.slice(2)
        expect(tables.map(({ key }) => key)).toEqual(
          wanted.flatMap((_, index) => (met[index] ? [`PTE ${GIB + index * 2 * MIB}`] : [])),
        )
        expect(
          tables.map(({ leavesBelow, state }) => (state === 'gone' ? null : leavesBelow)),
        ).toEqual(wanted.filter((_, index) => met[index]))
        expect(rows[0]?.below.left).toBe(1 + wanted.filter((count) => count !== null).length)
      }
    }),
  )
})

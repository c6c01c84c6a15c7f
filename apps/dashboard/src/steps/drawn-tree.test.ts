import { expect, test } from 'vitest'
import type { TableNode } from '../protocol/timeline'
import { drawnTree } from './drawn-tree'

const GIB = 2 ** 30
const leaves = (leafBytes: number, count: number) => [{ leafBytes, count }]

const PGD: TableNode = { level: 'PGD', offset: 0, parent: null, leaves: [] }
const PUD: TableNode = { level: 'PUD', offset: 0, parent: 0, leaves: leaves(GIB, 1) }
const PMD: TableNode = { level: 'PMD', offset: GIB, parent: 1, leaves: leaves(GIB / 512, 512) }

test('a table that loses leaves, then goes, stays in the drawing as gone', () => {
  const before = [PGD, PUD, PMD]
  const end = [PGD, { ...PUD, leaves: [] }]
  const at = (now: readonly TableNode[]) => drawnTree({ seen: [before, now], end })[0]?.children[0]
  const half = at([PGD, PUD, { ...PMD, leaves: leaves(GIB / 512, 256) }])
  expect(half).toMatchObject({ state: 'stays', leaves: [{ leafBytes: GIB, were: 1, are: 1 }] })
  expect(half?.children).toMatchObject([
    { level: 'PMD', state: 'goes', leaves: [{ were: 512, are: 256 }] },
  ])
  const gone = at(end)
  expect(gone).toMatchObject({ state: 'stays', leaves: [{ were: 1, are: 0 }] })
  expect(gone?.children).toMatchObject([{ state: 'gone', leaves: [{ were: 512, are: 0 }] }])
})

test('a table that comes is drawn behind those that lie below it', () => {
  const before = [PGD, PUD]
  const other: TableNode = { level: 'PMD', offset: 2 * GIB, parent: 1, leaves: [] }
  const now = [PGD, PUD, PMD, other]
  const [root] = drawnTree({ seen: [before, now], end: now })
  expect(root?.children[0]?.children.map(({ key }) => key)).toEqual([
    `PMD ${GIB}`,
    `PMD ${2 * GIB}`,
  ])
})

test('what came and went since the beginning is gone', () => {
  const [root] = drawnTree({
    seen: [
      [PGD, PUD],
      [PGD, PUD, PMD],
      [PGD, PUD],
    ],
    end: [PGD, PUD],
  })
  expect(root?.children[0]?.children).toMatchObject([
    { state: 'gone', leaves: [{ were: 512, are: 0 }] },
  ])
})

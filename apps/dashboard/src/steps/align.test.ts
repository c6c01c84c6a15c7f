import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepsInLine } from './align'

test.each([
  [
    ['a', 'b', 'c'],
    ['a', 'x', 'c'],
    ['a', 'x', 'b', 'c'],
  ],
  [
    ['a', 'b'],
    ['a', 'b', 'x', 'y'],
    ['a', 'b', 'x', 'y'],
  ],
  [[], ['x'], ['x']],
  [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
  ],
])('%j and %j are in line as %j', (left, right, line) => {
  expect(stepsInLine(left, right)).toEqual(line)
})

const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'))

test('every name is in the line once, and those of the first stay in order', () => {
  fc.assert(
    fc.property(names, names, (left, right) => {
      const line = stepsInLine(left, right)
      expect([...line].sort()).toEqual([...new Set([...left, ...right])].sort())
      expect(line.filter((name) => left.includes(name))).toEqual(left)
    }),
  )
})

import { expect, test } from 'vitest'
import { compareText } from './compare'

test.each([
  [
    { a: 1, b: [2, { c: 3 }] },
    { b: [2, { c: 3 }], a: 1 },
  ],
  [[], []],
  [[undefined], [null]],
  [undefined, undefined],
])('%j is %j, whatever the order of keys', (real, model) => {
  expect(compareText('x', real, model)).toEqual([])
})

test.each([
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { a: 1 }],
  [[1], [1, 2]],
  [[1, 2], [1]],
  [[1], { 0: 1 }],
  [{ a: [1] }, { a: ['1'] }],
  [null, {}],
  [undefined, null],
])('%j is not %j', (real, model) => {
  expect(compareText('x', real, model)).toHaveLength(1)
})

import { expect, test } from 'vitest'
import { isSame, listDifferences } from './difference'

test('equal data has no differences, whatever it is made of', () => {
  const make = () => ({
    map: new Map([['a', { list: [1, 2] }]]),
    set: new Set([3]),
    words: Uint32Array.of(1, 2),
    nothing: null,
  })
  expect(listDifferences({ before: make(), after: make() })).toEqual([])
  expect(isSame({ before: make(), after: make() })).toBe(true)
})

test('a difference is named by the keys that lead to it', () => {
  const before = { zones: new Map([['0/Normal', { present: 1, online: [{ start: 0 }] }]]) }
  const after = { zones: new Map([['0/Normal', { present: 2, online: [{ start: 8 }] }]]) }
  expect(listDifferences({ before, after })).toEqual([
    { place: 'zones/0/Normal/present', before: 1, after: 2 },
    { place: 'zones/0/Normal/online/0/start', before: 0, after: 8 },
  ])
})

test('what is only on one side is a difference', () => {
  const found = listDifferences({ before: { a: 1 }, after: { b: new Set([2]) } })
  expect(found.map(({ place }) => place)).toEqual(['a', 'b'])
})

test('the list ends at its limit', () => {
  const zeros = Array.from({ length: 50 }, () => 0)
  const ones = Array.from({ length: 50 }, () => 1)
  expect(listDifferences({ before: zeros, after: ones }, 3)).toHaveLength(3)
})

test('what is built otherwise is compared by its entries', () => {
  const pairs: readonly (readonly [unknown, unknown, number])[] = [
    [{ a: undefined }, {}, 0],
    [new Map([['a', 1]]), { a: 1 }, 0],
    [Uint8Array.of(1, 2), [1, 2], 0],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([2])]]), 2],
    [[1, 2, 3], [1, 2], 1],
    [{ a: 0 }, { a: -0 }, 1],
    [{ a: null }, { a: {} }, 1],
  ]
  for (const [before, after, count] of pairs)
    expect(listDifferences({ before, after })).toHaveLength(count)
})

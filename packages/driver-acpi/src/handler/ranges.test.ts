import { expect, test } from 'vitest'
import type { CrsRange } from '../config/layout'
import { mergeRanges } from './ranges'

const range = (start: number, end: number, change: Partial<CrsRange> = {}): CrsRange => ({
  start,
  end,
  caching: 'cacheable',
  access: 'read-write',
  ...change,
})

test.each([
  ['continues a range that ends where it begins', [range(0, 4), range(4, 8)], [range(0, 8)]],
  [
    'continues any earlier range',
    [range(0, 4), range(9, 12), range(4, 8)],
    [range(0, 8), range(9, 12)],
  ],
  ['is not part of a range below it', [range(4, 8), range(0, 4)], [range(4, 8), range(0, 4)]],
  ['stands alone behind a gap', [range(0, 4), range(5, 8)], [range(0, 4), range(5, 8)]],
  [
    'stands alone where its caching differs',
    [range(0, 4), range(4, 8, { caching: 'uncached' })],
    [range(0, 4), range(4, 8, { caching: 'uncached' })],
  ],
  [
    'stands alone where its write protection differs',
    [range(0, 4), range(4, 8, { access: 'read-only' })],
    [range(0, 4), range(4, 8, { access: 'read-only' })],
  ],
  ['is nothing of an empty _CRS', [], []],
])('a descriptor %s', (_, descriptors, ranges) => {
  expect(mergeRanges(descriptors)).toEqual(ranges)
})

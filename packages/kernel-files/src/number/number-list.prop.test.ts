import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatNumberList, MOST_CPUS, parseNumberList } from './number-list'

const numbers = fc.uniqueArray(
  fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: MOST_CPUS - 1 })),
)

test('a list of numbers is read as it was written, ascending', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const text = formatNumberList(list)
      expect(parseNumberList(`${text}\n`, MOST_CPUS)).toEqual(list.toSorted((a, b) => a - b))
    }),
  )
})

test('no two ranges of a list touch', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const ends = formatNumberList(list)
        .split(',')
        .map((part) => part.split('-').map(Number))
      for (const [index, [first]] of ends.entries()) {
        const before = ends[index - 1]?.at(-1)
        expect(before === undefined || (first ?? 0) > before + 1).toBe(true)
      }
    }),
  )
})

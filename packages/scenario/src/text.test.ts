import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  closestWord,
  formatDuration,
  formatNumberList,
  parseDuration,
  parseNumberList,
} from './text'

describe('a list of numbers', () => {
  test.each([
    ['8', [8]],
    ['8-11', [8, 9, 10, 11]],
    ['11-8', [11, 10, 9, 8]],
    ['8, 10-11,3', [8, 10, 11, 3]],
  ])('%j keeps its order', (text, numbers) => {
    expect(parseNumberList(text)).toEqual(numbers)
  })

  test.each(['', '8-', '-8', '8..11', '8;9', 'x', '1,', '0-99999999', '9'.repeat(40)])(
    '%j is none',
    (text) => {
      expect(parseNumberList(text)).toBeUndefined()
    },
  )

  test('written and read again is the same', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1 }), (numbers) => {
        expect(parseNumberList(formatNumberList(numbers))).toEqual(numbers)
      }),
    )
  })
})

describe('the closest word', () => {
  const known = ['plug', 'unplug', 'online', 'offline']

  test.each([
    ['plugg', 'plug'],
    ['PLUG', 'plug'],
    ['onlin', 'online'],
    ['oflline', 'offline'],
  ])('to %s is %s', (word, near) => {
    expect(closestWord(word, known)).toBe(near)
  })

  test.each(['', 'zzzzzz', 'q'.repeat(100_000)])('to %.10j is none', (word) => {
    expect(closestWord(word, known)).toBeUndefined()
  })
})

describe('a time', () => {
  test.each([
    ['500ms', 500],
    ['50s', 50_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['0s', 0],
  ])('%s is %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  test.each(['', '5', 's', '-5s', '1.5s', '5 s', '5d', '999999999999h'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 11), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)
      }),
    )
  })
})

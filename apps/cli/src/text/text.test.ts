import { formatNumberList } from '@memhp/kernel-files'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNumbers } from './number-list'
import { formatAddress, formatRange, formatSize, parseSize } from './size'

describe('formatSize', () => {
  it.each([
    [0, '0B'],
    [512, '512B'],
    [134_217_728, '128M'],
    [1_610_612_736, '1.5G'],
    [3 * 2 ** 40, '3T'],
    [2 ** 62, '4096P'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })
})

describe('parseSize', () => {
  it.each([
    ['1G', 2 ** 30],
    ['512m', 2 ** 29],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['64KB', 65_536],
    ['0x8000000', 2 ** 27],
    ['4096', 4096],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['', 'G', '1Q', '-1G', '1e9', '99999999P', '0.3'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined()
  })

  it('reads back every whole number of gigabytes that formatSize writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1023 }), (count) => {
        expect(parseSize(formatSize(count * 2 ** 30))).toBe(count * 2 ** 30)
      }),
    )
  })
})

describe('addresses', () => {
  it('are printed with 16 digits, and a range with its last byte', () => {
    expect(formatAddress(2 ** 32)).toBe('0x0000000100000000')
    expect(formatRange({ start: 0, end: 2 ** 27 })).toBe('0x0000000000000000-0x0000000007ffffff')
  })
})

describe('number lists', () => {
  it('are written as ranges', () => {
    expect(formatNumberList([0, 1, 2, 8])).toBe('0-2,8')
    expect(formatNumberList([])).toBe('')
  })

  it('are read in any order, each number once', () => {
    expect(parseNumbers('41,32-34, 33')).toEqual([32, 33, 34, 41])
  })

  it.each(['', '3-1', 'a', '1-', '0-99999999', '-1'])('refuse %j', (text) => {
    expect(parseNumbers(text)).toBeUndefined()
  })

  it('come back from what was written', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1 })
    fc.assert(
      fc.property(numbers, (list) => {
        const sorted = [...list].sort((a, b) => a - b)
        expect(parseNumbers(formatNumberList(sorted))).toEqual(sorted)
      }),
    )
  })
})

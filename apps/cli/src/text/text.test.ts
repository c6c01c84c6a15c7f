import { formatNumberList } from '@memhp/kernel-files'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNumbers } from './number-list'
import { formatAddress, formatRange } from './size'

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

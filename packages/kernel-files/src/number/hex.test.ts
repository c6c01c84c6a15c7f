import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TextFault } from '../text-fault'
import { formatHex, formatHexDigits, parseHex } from './hex'

describe('a hexadecimal number', () => {
  test('is read with and without 0x', () => {
    expect([parseHex('8000000\n'), parseHex('0xffffffffff\n')]).toEqual([2 ** 27, 2 ** 40 - 1])
  })

  test.each(['', 'g', '0x', '-1', 'ffffffffffffffff', '1\n\n', ' 1'])('%j is refused', (text) => {
    expect(() => parseHex(text)).toThrow(TextFault)
  })

  test('is read as it was written, with a prefix or padded', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(16), (value, width) => {
        expect(parseHex(`${formatHex(value)}\n`)).toBe(value)
        const digits = formatHexDigits(value, width)
        expect(parseHex(digits)).toBe(value)
        expect(digits.length).toBeGreaterThanOrEqual(width)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExactSize, formatSize, parseSize } from './size'

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
    ['0', 0],
    [' 2T ', 2 ** 41],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['', 'G', '1Q', '-1G', '1e9', '99999999P', '0.3', '1.3', '0.1K', '1 G', '0x'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined()
    },
  )

  it('reads back whatever formatExactSize writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(formatExactSize(bytes))).toBe(bytes)
      }),
    )
  })
})

describe('formatExactSize', () => {
  it.each([
    [0, '0B'],
    [1.5 * 2 ** 30, '1.5G'],
    [2.375 * 2 ** 30, '2.375G'],
    [1537 * 2 ** 20, '1537M'],
    [2 ** 30 + 1, '1073741825B'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatExactSize(bytes)).toBe(text)
  })
})

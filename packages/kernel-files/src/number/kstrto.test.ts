import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { formatKernelBool, parseKernelBool, parseKernelUnsigned } from './kstrto'

describe('the truth of a word', () => {
  test.each(['1', 'y', 'Yes', 'true', 'T', 'on', 'oN', '1\n', '10', 'only'])('%j is on', (text) => {
    expect(parseKernelBool(text)).toBe(true)
  })
  test.each(['0', 'n', 'No', 'false', 'off', 'oF', '0x1'])('%j is off', (text) => {
    expect(parseKernelBool(text)).toBe(false)
  })
  test.each(['', '2', 'o', 'maybe', ' 1', '\n'])('%j is neither', (text) => {
    expect(parseKernelBool(text)).toBeUndefined()
  })

  it('is read as it is shown', () => {
    expect([true, false].map((value) => parseKernelBool(formatKernelBool(value)))).toEqual([
      true,
      false,
    ])
  })
})

describe('an unsigned number', () => {
  test.each([
    ['0', 0],
    ['010', 8],
    ['0x10\n', 16],
    ['+7', 7],
    ['4294967295', 2 ** 32 - 1],
  ])('%j is %i', (text, value) => {
    expect(parseKernelUnsigned(text, { bits: 32 })).toBe(value)
  })

  test.each(['', '-1', '08', '0x', ' 1', '1 ', '1\n\n', '++1', '1e3', '0b1'])(
    '%j is none',
    (text) => {
      expect(parseKernelUnsigned(text, { bits: 64 })).toBe('EINVAL')
    },
  )

  it('is out of range from the first that the variable cannot hold', () => {
    expect(parseKernelUnsigned('4294967296', { bits: 32 })).toBe('ERANGE')
    expect(parseKernelUnsigned(`1${'0'.repeat(30)}`, { bits: 64 })).toBe('ERANGE')
  })

  it('has no prefix where the base is given', () => {
    expect(parseKernelUnsigned('010', { bits: 32, base: 10 })).toBe(10)
    expect(parseKernelUnsigned('0x10', { bits: 32, base: 10 })).toBe('EINVAL')
  })

  it('is the same in all bases', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        for (const text of [`${value}`, `0x${value.toString(16)}`, `0${value.toString(8)}`])
          expect(parseKernelUnsigned(text, { bits: 64 })).toBe(value)
      }),
    )
  })
})

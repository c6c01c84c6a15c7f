import { describe, expect, test } from 'vitest'
import { TextFault } from '../text-fault'
import { formatBitmap, MOST_NODES, parseNumberList } from './number-list'

/** The line of the fault that reading a text comes to. */
function faultLine(read: () => unknown): number | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof TextFault ? error.line : Number.NaN
  }
}

describe('lists of numbers', () => {
  test.each([
    ['0\n', [0]],
    ['0-2,8\n', [0, 1, 2, 8]],
    ['\n', []],
    ['1023', [1023]],
  ])('%j is read', (text, numbers) => {
    expect(parseNumberList(text, MOST_NODES)).toEqual(numbers)
  })

  test.each(['a', '3-1', '0-', '0,,1', '1,', '0-99999999999'])('%j is refused', (text) => {
    expect(faultLine(() => parseNumberList(text, MOST_NODES))).toBe(1)
  })

  test('end where a kernel has no more', () => {
    expect(() => parseNumberList('0-9999', MOST_NODES)).toThrow(
      '"0-9999" is not a number below 1024 or a range of them',
    )
  })
})

// As kernels printed them in nodeN/cpumap.
test.each([
  [[], 1, '0'],
  [[0], 1, '1'],
  [[0, 1], 2, '3'],
  [[4], 5, '10'],
  [[3], 32, '00000008'],
  [[0, 31], 32, '80000001'],
  [[32], 33, '1,00000000'],
  [[1, 36], 40, '10,00000002'],
  [[63], 64, '80000000,00000000'],
] as const)('the bitmap of %j in %d bits is %s', (numbers, bits, text) => {
  expect(formatBitmap(numbers, bits)).toBe(text)
})

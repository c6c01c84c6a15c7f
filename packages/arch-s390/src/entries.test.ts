import { GIB, MIB } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { entryFormat } from './entries'

const LEVELS = [
  { name: 'R2', indexBits: 11, shift: 42 },
  { name: 'R3', indexBits: 11, shift: 31 },
  { name: 'SEG', indexBits: 11, shift: 20 },
  { name: 'PTE', indexBits: 8, shift: 12 },
]
const [R2, R3, SEG, PTE] = [0, 1, 2, 3]
const entries = entryFormat(LEVELS)
const value = ({ low, high }: { low: number; high: number }): number => high * 2 ** 32 + low

// The values are those of the specification: section 7.4, and section 5.4 of the series.
describe('entries of s390', () => {
  test.each([
    [R2, 0x28],
    [R3, 0x24],
    [SEG, 0x20],
    [PTE, 0x400],
  ])('that are empty at level %i are %i, and none', (level, expected) => {
    const none = entries.none(level)
    expect(value(none)).toBe(expected)
    expect(entries.isNone(none.low, none.high, level)).toBe(true)
    expect(entries.isNone(0, 0, level)).toBe(false)
  })

  test.each([
    [R2, 0xb, 16 * 1024],
    [R3, 0x7, 16 * 1024],
    [SEG, 0, 2048],
  ])(
    'that point at a table at level %i have the bits %i and its origin',
    (level, bits, tableBytes) => {
      for (const address of [tableBytes, GIB + tableBytes, 2 ** 46 + 3 * tableBytes]) {
        const { low, high } = entries.table(address, level)
        expect(value({ low, high })).toBe(address + bits)
        expect(entries.isLeaf(low, high, level)).toBe(false)
        expect(entries.address(low, high, level)).toBe(address)
      }
    },
  )

  test.each([
    [R3, 0x504, 2 * GIB, 'L-N'],
    [SEG, 0x500, MIB, 'L-N'],
    [PTE, 0x13d, 4096, '--N'],
  ])('that are leaves at level %i have the bits %i', (level, bits, leafBytes, flags) => {
    for (const address of [0, leafBytes, 2 ** 45 + 3 * leafBytes]) {
      const { low, high } = entries.leaf(address, level)
      expect(value({ low, high })).toBe(address + bits)
      expect(entries.isNone(low, high, level)).toBe(false)
      expect(entries.isLeaf(low, high, level)).toBe(true)
      expect(entries.address(low, high, level)).toBe(address)
      expect(entries.flags?.(low, high, level)).toBe(flags)
    }
  })

  test('of a read-only page say so', () => {
    expect(entries.flags?.(0x313, 0, PTE)).toBe('-PN')
  })
})

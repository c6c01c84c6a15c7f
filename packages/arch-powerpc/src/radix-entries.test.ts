import { GIB, KIB, MIB } from '@memhp/core'
import { formatWord } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { entryFormat } from './radix-entries'

const [PGD, PUD, PMD, PTE] = [0, 1, 2, 3]
const LEVELS = [
  { name: 'PGD', indexBits: 13, shift: 39 },
  { name: 'PUD', indexBits: 9, shift: 30 },
  { name: 'PMD', indexBits: 9, shift: 21 },
  { name: 'PTE', indexBits: 5, shift: 16 },
]
const entries = entryFormat(LEVELS)
const word = (entry: { low: number; high: number }): string => formatWord(entry.low, entry.high)

describe('radix entries', () => {
  test('a leaf is present, a leaf, referenced, dirty, privileged, readable and writable at every level', () => {
    expect(word(entries.leaf(0, PTE))).toBe('0xc00000000000018e')
    expect(word(entries.leaf(5 * 64 * KIB, PTE))).toBe('0xc00000000005018e')
    expect(word(entries.leaf(2 * MIB, PMD))).toBe('0xc00000000020018e')
    expect(word(entries.leaf(2 ** 51 - GIB, PUD))).toBe('0xc007ffffc000018e')
  })

  test('an entry that points at a table has the index bits of that table, and is not a leaf', () => {
    expect(word(entries.table(0x7_0000, PGD))).toBe('0x8000000000070009')
    expect(word(entries.table(0x7_0000, PUD))).toBe('0x8000000000070009')
    expect(word(entries.table(0x7_0000, PMD))).toBe('0x8000000000070005')
    const { low, high } = entries.table(0x7_0000, PMD)
    expect(entries.isLeaf(low, high, PMD)).toBe(false)
    expect(entries.isNone(low, high, PMD)).toBe(false)
    expect(entries.address(low, high, PMD)).toBe(0x7_0000)
  })

  test.each([0, 5 * GIB, 2 ** 46, 2 ** 51 - GIB, 2 ** 53 - GIB])(
    'the address %i is read back',
    (address) => {
      for (const level of [PUD, PMD, PTE]) {
        const { low, high } = entries.leaf(address, level)
        expect(entries.address(low, high, level)).toBe(address)
        expect(entries.isLeaf(low, high, level)).toBe(true)
      }
    },
  )

  test('nothing is zero, and flags are letters', () => {
    expect(entries.none(PMD)).toEqual({ low: 0, high: 0 })
    expect(entries.isNone(0, 0, PMD)).toBe(true)
    const { low, high } = entries.leaf(0, PMD)
    expect(entries.flags?.(low, high, PMD)).toBe('VL-ADPRW-')
    expect(entries.flags?.(1, 0x2000_0000, PMD)).toBe('--I-----X')
  })
})

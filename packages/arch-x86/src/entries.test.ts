import { GIB, MIB } from '@memhp/core'
import { formatWord } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { entryFormat } from './entries'
import { x86Mapping } from './geometry'
import { parseOptions } from './options'

const [PUD, PMD, PTE] = [1, 2, 3]
const entries = entryFormat(x86Mapping(parseOptions({})).tables?.levels ?? [])
const word = (entry: { low: number; high: number }): string => formatWord(entry.low, entry.high)

describe('x86-64 entries', () => {
  test('a base leaf is present, writable, accessed, dirty, global and not executable', () => {
    expect(word(entries.leaf(0, PTE))).toBe('0x8000000000000163')
    expect(word(entries.leaf(0x1_2345_6000, PTE))).toBe('0x8000000123456163')
  })

  test('a large leaf has bit 7 as well', () => {
    expect(word(entries.leaf(0, PMD))).toBe('0x80000000000001e3')
    expect(word(entries.leaf(4 * GIB, PUD))).toBe('0x80000001000001e3')
  })

  test('a table is 0x67', () => {
    expect(word(entries.table(0x7000, PMD))).toBe('0x0000000000007067')
    expect(word(entries.table(2 ** 46 + 0x1000, PUD))).toBe('0x0000400000001067')
  })

  test.each([
    ['the lowest', 0],
    ['one above 4 GiB', 5 * GIB],
    ['the highest of 46 bits', 2 ** 46 - GIB],
    ['the highest of 52 bits', 2 ** 52 - GIB],
  ])('the address is read back at each level: %s', (_, address) => {
    for (const level of [PUD, PMD, PTE]) {
      const { low, high } = entries.leaf(address, level)
      expect(entries.address(low, high, level)).toBe(address)
      expect(entries.isLeaf(low, high, level)).toBe(true)
      expect(entries.isNone(low, high, level)).toBe(false)
    }
    const { low, high } = entries.table(address, PMD)
    expect(entries.address(low, high, PMD)).toBe(address)
    expect(entries.isLeaf(low, high, PMD)).toBe(false)
  })

  test('the page attribute of a large leaf is not a part of its address', () => {
    const { low, high } = entries.leaf(2 * MIB, PMD)
    expect(entries.address(low + 0x1000, high, PMD)).toBe(2 * MIB)
  })

  test('an entry with stray accessed and dirty bits maps nothing', () => {
    expect(entries.isNone(0, 0, PTE)).toBe(true)
    expect(entries.isNone(0x60, 0, PTE)).toBe(true)
    expect(entries.isNone(0x61, 0, PTE)).toBe(false)
    expect(entries.isNone(0, 0x8000_0000, PTE)).toBe(false)
  })

  test('flags are the letters of QEMU', () => {
    const flags = (entry: { low: number; high: number }, level: number): string | undefined =>
      entries.flags?.(entry.low, entry.high, level)
    expect(flags(entries.leaf(0, PMD), PMD)).toBe('XGPDA---W')
    expect(flags(entries.leaf(0, PTE), PTE)).toBe('XG-DA---W')
    expect(flags({ low: 0x9f, high: 0 }, PMD)).toBe('--P--CTUW')
  })
})

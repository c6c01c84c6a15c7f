import { expect, test } from 'vitest'
import { loongArchMapping } from './geometry'
import type { LoongArchOptions } from './options'

const formatOf = (pageBytes: LoongArchOptions['pageBytes']) => {
  const { tables } = loongArchMapping({ pageBytes }, 'vmemmap')
  if (tables === undefined) throw new Error('there are tables')
  const { entries, levels } = tables
  const word = ({ low, high }: { readonly low: number; readonly high: number }): bigint =>
    (BigInt(high) << 32n) | BigInt(low)
  return { entries, last: levels.length - 1, word }
}

/** Valid, dirty, cached, global, present, writable. */
const PAGE = 0x1d3n

test('an entry of a page, of a leaf above and of a table', () => {
  const { entries, last, word } = formatOf(16_384)
  const address = 0x7fff_fe00_0000
  expect(word(entries.leaf(address, last))).toBe(BigInt(address) | PAGE)
  expect(word(entries.leaf(address, last - 1))).toBe(BigInt(address) | PAGE | 0x1000n)
  const table = entries.table(address, last - 1)
  expect(word(table)).toBe(0x9000_0000_0000_0000n | BigInt(address))
  expect(entries.isLeaf(table.low, table.high, last - 1)).toBe(false)
  expect(entries.address(table.low, table.high, last - 1)).toBe(address)
})

test.each([4096, 16_384, 65_536] as const)(
  'with pages of %i, an empty entry differs from level to level, and a page that is global alone is empty',
  (pageBytes) => {
    const { entries, last, word } = formatOf(pageBytes)
    const empty = Array.from({ length: last + 1 }, (_, i) => entries.none(i))
    expect(new Set(empty.map(word)).size).toBe(last + 1)
    for (const [i, { low, high }] of empty.entries())
      expect(entries.isNone(low, high, i)).toBe(true)
    expect(word(entries.none(last))).toBe(0x40n)
    expect(entries.isNone(0, 0, last)).toBe(true)
    expect(entries.isNone(0x41, 0, last)).toBe(false)
    expect(entries.isNone(0, 0x9000_0000, last)).toBe(false)
    // A table is not an empty entry, wherever it lies.
    const table = entries.table(2 ** 47, 0)
    expect(entries.isNone(table.low, table.high, 0)).toBe(false)
  },
)

test('letters say of a leaf that it is one, and that it is global', () => {
  const { entries, last } = formatOf(16_384)
  const [page, leaf] = [entries.leaf(0, last), entries.leaf(0, last - 1)]
  expect(entries.flags?.(page.low, page.high, last)).toBe('VD-C-GPW---')
  expect(entries.flags?.(leaf.low, leaf.high, last - 1)).toBe('VD-CHGPW---')
})

import { describe, expect, test } from 'vitest'
import { arm64Mapping } from './geometry'
import { type Arm64Options, parseOptions } from './options'

const formatOf = (given: Partial<Arm64Options>) => {
  const options = parseOptions(given)
  const { tables } = arm64Mapping({ ...options, linearMap: 'blocks' }, 0)
  if (tables === undefined) throw new Error('there are tables')
  const last = tables.levels.length - 1
  const word = ({ low, high }: { readonly low: number; readonly high: number }): bigint =>
    (BigInt(high) << 32n) | BigInt(low)
  return { entries: tables.entries, last, word }
}

/** Valid, a page, accessed, may be written, not executable, dirty. */
const PAGE = (1n << 55n) | (1n << 54n) | (1n << 53n) | (1n << 51n) | (1n << 10n) | 3n
const INNER_SHAREABLE = 3n << 8n

describe('a descriptor', () => {
  test('of a page, of a block and of a table, with 48 bits', () => {
    const { entries, last, word } = formatOf({ addressBits: 48 })
    const address = 0x1234_5620_0000
    expect(word(entries.leaf(address, last))).toBe(BigInt(address) | PAGE | INNER_SHAREABLE)
    expect(word(entries.leaf(address, last - 1))).toBe(
      BigInt(address) | (PAGE & ~2n) | INNER_SHAREABLE,
    )
    expect(word(entries.table(address, last - 1))).toBe(BigInt(address) | (3n << 59n) | 3n)
  })

  test('has bits 50 and 51 of a wide address where shareability was', () => {
    const { entries, last, word } = formatOf({})
    const address = 2 ** 51 + 2 ** 50 + 2 ** 49 + 4096
    const entry = entries.leaf(address, last)
    expect(word(entry)).toBe((1n << 49n) | 4096n | (3n << 8n) | PAGE)
    expect(entries.address(entry.low, entry.high, last)).toBe(address)
    expect(word(entries.leaf(4096, last))).toBe(4096n | PAGE)
  })

  test('has bits 48 to 51 at 12 with pages of 64 KiB', () => {
    const { entries, last, word } = formatOf({ pageBytes: 65_536 })
    const address = 2 ** 51 + 2 ** 48 + 65_536
    const entry = entries.leaf(address, last)
    expect(word(entry)).toBe(65_536n | (9n << 12n) | INNER_SHAREABLE | PAGE)
    expect(entries.address(entry.low, entry.high, last)).toBe(address)
  })

  test('is empty where bit 0 is clear, whatever else it has', () => {
    const { entries, last } = formatOf({})
    expect(entries.isNone(0xffff_fffe, 0xffff_ffff, last)).toBe(true)
    expect(entries.isNone(1, 0, last)).toBe(false)
  })
})

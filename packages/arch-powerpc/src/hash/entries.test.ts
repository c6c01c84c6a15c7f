import { GIB, KIB, MIB } from '@memhp/core'
import { formatWord } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { parseOptions } from '../options'
import { hashShape, pageHash, segmentHash, virtualPage, xor } from './address'
import {
  bolted,
  emptyGroup,
  findSlot,
  isEntryOf,
  isValid,
  readEntry,
  realAddress,
  writeEntry,
} from './entries'

const shape = hashShape(parseOptions({ mmu: 'hash' }), 2 * GIB)
const small = hashShape(parseOptions({ mmu: 'hash', pageBytes: 4096 }), GIB - 1)
const word = (entry: { low: number; high: number }): string => formatWord(entry.low, entry.high)

/** 12538073 is the multiplier of segment ids; (2^28 - 1) their modulus. */
const scrambled = (proto: bigint): number => Number((proto * 12538073n) % (2n ** 28n - 1n))

describe('kernel addresses under the hash MMU', () => {
  test('segments of the linear mapping are those of contexts 1 to 4, those of the vmemmap of context 7', () => {
    const id = (offset: number): number => virtualPage(shape, shape.linear, offset).vsid
    expect(id(0)).toBe(scrambled(512n))
    expect(id(2 ** 40)).toBe(scrambled(513n))
    expect(id(2 ** 49 - 1)).toBe(scrambled(1023n))
    expect(id(2 ** 49)).toBe(scrambled(1024n))
    expect(id(2 ** 51 - 1)).toBe(scrambled(4n * 512n + 511n))
    expect(virtualPage(shape, shape.vmemmap, 0).vsid).toBe(scrambled(7n * 512n))
    expect(virtualPage(small, small.vmemmap, 0).vsid).toBe(scrambled(4n * 512n + 0x3fn))
  })

  test('the vmemmap has pages of 16 MiB from 1 GiB of memory up', () => {
    expect(shape.vmemmap.pageBytes).toBe(16 * MIB)
    expect(small.vmemmap.pageBytes).toBe(4 * KIB)
    expect(hashShape(parseOptions({ mmu: 'hash' }), GIB - 1).vmemmap.pageBytes).toBe(64 * KIB)
  })

  test.each([0, 1, 0xfff_fffe, 0x123_4567])(
    'the hash of segment %i is that of wide integers',
    (v) => {
      const wide = BigInt(v) ^ (BigInt(v) << 25n)
      expect(segmentHash(v)).toBe(Number(wide & (2n ** 39n - 1n)))
      const page = { vsid: v, segmentOffset: 37 * 16 * MIB + 5 }
      expect(pageHash(page, 16 * MIB)).toBe(Number((wide ^ 37n) & (2n ** 39n - 1n)))
    },
  )

  test('an exclusive or keeps bits above 32', () => {
    expect(xor(2 ** 38 + 1, 2 ** 38 + 2 ** 31)).toBe(2 ** 31 + 1)
  })
})

describe('entries of the hash page table', () => {
  const page = { vsid: 0x123_4567, segmentOffset: 3 * GIB }

  test('a bolted page of 16 MiB', () => {
    const { v, r } = bolted({ page, pageBytes: 16 * MIB, address: 3 * GIB }, 'primary')
    // Segment id from bit 24 up, then 8 MiB units from bit 7 up; 1 TiB, bolted, large, valid.
    const avpn = ((0x123_4567n << 17n) | (3n * 128n)) << 7n
    expect(word(v)).toBe(`0x${((1n << 62n) | avpn | 0x15n).toString(16)}`)
    expect(word(r)).toBe('0x00000000c0000194')
  })

  test('the secondary bit, pages of 64 KiB and of 4 KiB, and text', () => {
    const of = (pageBytes: number, address: number): { v: string; r: string } => {
      const { v, r } = bolted({ page, pageBytes, address }, 'secondary')
      return { v: word(v).slice(-2), r: word(r) }
    }
    expect(of(16 * MIB, 0)).toEqual({ v: '17', r: '0x0000000000000190' })
    expect(of(64 * KIB, 2 ** 46)).toEqual({ v: '17', r: '0x0000400000001194' })
    expect(of(4 * KIB, 2 ** 46)).toEqual({ v: '13', r: '0x0000400000000194' })
  })

  test('an entry is found by its page and no other', () => {
    const { v } = bolted({ page, pageBytes: 16 * MIB, address: 0 }, 'secondary')
    expect(isEntryOf(v, page, 16 * MIB)).toBe(true)
    expect(isEntryOf(v, { ...page, vsid: page.vsid + 1 }, 16 * MIB)).toBe(false)
    expect(isEntryOf(v, { ...page, segmentOffset: 3 * GIB + 16 * MIB }, 16 * MIB)).toBe(false)
    expect(isEntryOf({ ...v, low: v.low - 1 }, page, 16 * MIB)).toBe(false)
  })

  test('the real address is read back without the code of the size', () => {
    const { r } = bolted({ page, pageBytes: 64 * KIB, address: 2 ** 51 - 64 * KIB }, 'primary')
    expect(realAddress(r, 64 * KIB)).toBe(2 ** 51 - 64 * KIB)
  })

  test('a group holds eight', () => {
    const group = emptyGroup()
    const entry = bolted({ page, pageBytes: 16 * MIB, address: GIB }, 'primary')
    for (let slot = 0; slot < 8; slot++) {
      expect(findSlot(group, ({ v }) => !isValid(v))).toBe(slot)
      writeEntry({ group, slot }, entry)
      expect(readEntry(group, slot)).toEqual(entry)
    }
    expect(findSlot(group, ({ v }) => !isValid(v))).toBeUndefined()
    writeEntry({ group, slot: 3 }, null)
    expect(findSlot(group, ({ v }) => !isValid(v))).toBe(3)
  })
})

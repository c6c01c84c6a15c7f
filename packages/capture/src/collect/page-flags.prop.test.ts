import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PAGE_CLASSES, type PageClass } from '../format'
import { BlockTally, PAGE_CLASS_BITS, pageClassOf } from './page-flags'

/** The two words of an entry in which these bits are set. */
const words = (bits: readonly number[]): [low: number, high: number] => {
  const word = (first: number): number =>
    bits
      .filter((bit) => bit >= first && bit < first + 32)
      .reduce((sum, bit) => sum + 2 ** (bit - first), 0)
  return [word(0), word(32)]
}

function entryBytes(entries: readonly (readonly number[])[], order: 'little' | 'big'): Uint8Array {
  const bytes = new Uint8Array(entries.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [index, bits] of entries.entries()) {
    const [low, high] = words(bits)
    view.setUint32(index * 8 + (order === 'little' ? 0 : 4), low, order === 'little')
    view.setUint32(index * 8 + (order === 'little' ? 4 : 0), high, order === 'little')
  }
  return bytes
}

describe('the class of a page', () => {
  test('is told by its own bits, alone or beside bits that tell nothing', () => {
    for (const [pageClass, bits] of PAGE_CLASS_BITS) {
      for (const bit of bits) {
        expect(pageClassOf(...words([bit]))).toBe(pageClass)
        expect(pageClassOf(...words([bit, 0, 2, 41]))).toBe(pageClass)
      }
    }
    expect(pageClassOf(0, 0)).toBe('unflagged')
    expect(pageClassOf(...words([15]))).toBe('other')
    expect(pageClassOf(...words([38]))).toBe('other')
  })

  test('is the first that fits', () => {
    expect(pageClassOf(...words([10, 19]))).toBe('poisoned')
    expect(pageClassOf(...words([7, 32]))).toBe('reserved')
    expect(pageClassOf(...words([22, 24]))).toBe('other')
    expect(pageClassOf(...words([5, 12]))).toBe('anonymous')
  })
})

const bitsOf: Readonly<Partial<Record<PageClass, number[]>>> = {
  ...Object.fromEntries(PAGE_CLASS_BITS.map(([name, [bit = 0]]) => [name, [bit]])),
  other: [0],
  unflagged: [],
}
const run = fc.tuple(
  fc.constantFrom<PageClass>('free', 'free', 'free', 'slab', 'hole', 'unflagged', 'other'),
  fc.oneof(fc.constantFrom(1, 2, 3, 4, 8, 16), fc.integer({ min: 1, max: 70 })),
)

describe('the pages of a block', () => {
  test('are counted alike in one piece and in many, in both byte orders', () => {
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom<'little' | 'big'>('little', 'big'),
        (runs, piece, order) => {
          const entries = runs.flatMap(([name, length]) =>
            Array.from({ length }, () => bitsOf[name] ?? []),
          )
          const bytes = entryBytes(entries, order)
          const pages = 1024
          const pieces = new BlockTally(4)
          for (let at = 0; at < entries.length; at += piece) {
            pieces.addEntries(bytes.subarray(at * 8, (at + piece) * 8), order)
          }
          const whole = new BlockTally(4)
          whole.addEntries(bytes, order)
          expect(pieces.finish({ id: 1, pages })).toEqual(whole.finish({ id: 1, pages }))
        },
      ),
    )
  })

  test('add up, and free chunks hold just the free pages', () => {
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 12 }),
        fc.integer({ min: 0, max: 10 }),
        (runs, maxOrder) => {
          const tally = new BlockTally(maxOrder)
          for (const [name, length] of runs) tally.add(name, length)
          const { counts, freeChunks = [] } = tally.finish({ id: 0, pages: 1024 })
          expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1024)
          expect(
            Object.keys(counts).every((name) => PAGE_CLASSES.includes(name as PageClass)),
          ).toBe(true)
          expect(freeChunks.length).toBeLessThanOrEqual(maxOrder + 1)
          const free = freeChunks.reduce((sum, count, order) => sum + count * 2 ** order, 0)
          expect(free).toBe(counts.free ?? 0)
        },
      ),
    )
  })

  test('a run is cut at natural alignment', () => {
    const tally = new BlockTally(3)
    tally.add('slab', 1)
    tally.add('free', 22)
    // 1 | 2-3 | 4-7 | 8-15 | 16-19 | 20-21 | 22
    expect(tally.finish({ id: 0, pages: 64 }).freeChunks).toEqual([2, 2, 2, 1])
  })
})

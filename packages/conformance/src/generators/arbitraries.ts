// Arbitraries of fast-check for people who write plugins. Their values crowd the boundaries where things go wrong: one
// page before and behind pageblocks, subsections, sections and blocks.
import { type Geometry, GIB, MIB, type OnlineType, type Range } from '@memhp/core'
import * as fc from 'fast-check'

/** Sizes that matter to a machine, so that values can be drawn around their multiples. */
export type Boundaries = Pick<
  Geometry,
  'pageBytes' | 'pageblockPages' | 'sectionBytes' | 'blockBytes' | 'maxOrder'
>

/** Bytes of everything that has a boundary, smallest first. */
const units = (sizes: Boundaries): readonly number[] => [
  sizes.pageBytes,
  sizes.pageBytes * sizes.pageblockPages,
  2 * MIB,
  sizes.sectionBytes,
  sizes.blockBytes,
]

/**
 * Page-aligned addresses in bytes, at or next to a boundary.
 * @param within bytes, end exclusive
 */
export function addressNearBoundary(sizes: Boundaries, within: Range): fc.Arbitrary<number> {
  return fc
    .record({
      unit: fc.constantFrom(...units(sizes)),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
      off: fc.constantFrom(-1, 0, 0, 0, 1),
    })
    .map(({ unit, place, off }) => {
      const span = within.end - within.start
      const address =
        Math.round((within.start + place * span) / unit) * unit + off * sizes.pageBytes
      return Math.min(Math.max(within.start, address), within.end - sizes.pageBytes)
    })
}

/**
 * Ranges of bytes whose two ends crowd boundaries: empty ones, single pages, whole blocks, and blocks but for a page.
 * @param within bytes, end exclusive
 */
export function byteRange(sizes: Boundaries, within: Range): fc.Arbitrary<Range> {
  const ends = fc.tuple(addressNearBoundary(sizes, within), addressNearBoundary(sizes, within))
  return ends.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
}

/**
 * Ranges of whole blocks, mostly short ones.
 * @param within numbers of blocks, end exclusive
 */
export function blockRange(within: Range): fc.Arbitrary<Range> {
  const most = within.end - within.start
  return fc
    .record({ first: fc.nat(most - 1), count: fc.integer({ min: 1, max: Math.min(8, most) }) })
    .map(({ first, count }) => ({
      start: within.start + first,
      end: Math.min(within.end, within.start + first + count),
    }))
}

/** Sizes in bytes of memory devices: whole blocks mostly, and some that are none. */
export const deviceSize = (sizes: Boundaries): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }).map((n) => n * sizes.blockBytes) },
    { weight: 1, arbitrary: fc.constantFrom(2 * MIB, 100 * MIB, sizes.blockBytes + 2 * MIB, GIB) },
  )

/** Orders of the buddy allocator, the smallest and the largest often, and one that there is not. */
export const order = (sizes: Boundaries): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(0, Math.round(Math.log2(sizes.pageblockPages)), sizes.maxOrder),
    fc.nat(sizes.maxOrder + 1),
  )

/** What a write to `state` may ask for. */
export const onlineType = (): fc.Arbitrary<OnlineType> =>
  fc.constantFrom('offline', 'online', 'online_kernel', 'online_movable')

/** Texts that no file of words takes: blanks, capitals, halves and doubles of those that it does. */
export function badWord(words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.constantFrom(...words)
  return fc
    .oneof(
      word.map((text) => ` ${text}`),
      word.map((text) => `${text} `),
      word.map((text) => `${text}\n\n`),
      word.map((text) => text.toUpperCase()),
      word.map((text) => text.slice(0, -1)),
      word.map((text) => `${text}${text}`),
      fc.constant('\n'),
      fc.string({ minLength: 1 }),
    )
    .filter(
      (text) => text !== '' && !words.includes(text.endsWith('\n') ? text.slice(0, -1) : text),
    )
}

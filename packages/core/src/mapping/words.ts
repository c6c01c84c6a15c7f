import type { EntryWords } from '../model/page-table-geometry'

/*
 * 64-bit words as two 32-bit halves. All bit operators on page-table entries live in this file.
 *
 * | half | bits | in a table of `Uint32Array` |
 * | --- | --- | --- |
 * | low | 0 to 31 | word `2i` |
 * | high | 32 to 63 | word `2i + 1` |
 *
 * Bit operators of the language wrap at 32 bits and give signed results, so each half is made unsigned again.
 */

const HALF = 2 ** 32

/**
 * Bits 0 to 31 of a whole number.
 * @param value 0 to 2^53 - 1
 * @beta
 */
export const lowWord = (value: number): number => value >>> 0

/**
 * Bits 32 and up of a whole number.
 * @param value 0 to 2^53 - 1
 * @beta
 */
export const highWord = (value: number): number => Math.floor(value / HALF)

/**
 * A whole number as two words.
 * @param value 0 to 2^53 - 1
 * @beta
 */
export const wordsOf = (value: number): EntryWords => ({
  low: lowWord(value),
  high: highWord(value),
})

/**
 * The words that have exactly these bits set.
 * @param bits numbers from 0 to 63
 * @beta
 */
export function bitWords(...bits: readonly number[]): EntryWords {
  let low = 0
  let high = 0
  for (const bit of bits) {
    if (bit < 32) low |= 1 << bit
    else high |= 1 << (bit - 32)
  }
  return { low: low >>> 0, high: high >>> 0 }
}

/** The words that have the bits `from` to `end - 1` set. @beta */
export function fieldMask(field: { readonly from: number; readonly end: number }): EntryWords {
  const below = (end: number): EntryWords => ({
    low: end < 32 ? (1 << end) - 1 : HALF - 1,
    high: end < 32 ? 0 : end < 64 ? (1 << (end - 32)) - 1 : HALF - 1,
  })
  const { low, high } = below(field.from)
  const all = below(field.end)
  return { low: (all.low & ~low) >>> 0, high: (all.high & ~high) >>> 0 }
}

/** All bits that are set in one or the other. @beta */
export const orWords = (a: EntryWords, b: EntryWords): EntryWords => ({
  low: (a.low | b.low) >>> 0,
  high: (a.high | b.high) >>> 0,
})

/**
 * The bits of a whole number, and those that are set in a mask.
 * @param value 0 to 2^53 - 1
 */
export const numberWith = (value: number, mask: EntryWords): EntryWords => ({
  low: (value | mask.low) >>> 0,
  high: (highWord(value) | mask.high) >>> 0,
})

/** All 64 bits. */
export const ALL_BITS: EntryWords = { low: HALF - 1, high: HALF - 1 }

/** The bits of a mask that another has not. */
export const clearWords = (mask: EntryWords, cleared: EntryWords): EntryWords => ({
  low: (mask.low & ~cleared.low) >>> 0,
  high: (mask.high & ~cleared.high) >>> 0,
})

/**
 * True if the word has the bit.
 * @param bit 0 to 63
 * @beta
 */
export const hasBit = (low: number, high: number, bit: number): boolean =>
  (bit < 32 ? low & (1 << bit) : high & (1 << (bit - 32))) !== 0

/** True if the word has none of the mask's bits. @beta */
export const lacksBits = (low: number, high: number, mask: EntryWords): boolean =>
  (low & mask.low) === 0 && (high & mask.high) === 0

/**
 * The masked bits as a number, each bit in its place: how a physical address is taken from an entry.
 * @returns exact if no masked bit above 52 is set
 * @beta
 */
export const maskedNumber = (low: number, high: number, mask: EntryWords): number =>
  ((high & mask.high) >>> 0) * HALF + ((low & mask.low) >>> 0)

/** The word as people read it: `0x8000000000000163`. @beta */
export const formatWord = (low: number, high: number): string => {
  const half = (word: number): string => word.toString(16).padStart(8, '0')
  return `0x${half(high)}${half(low)}`
}

/** The step between entries that are the same. */
export const NO_STEP: EntryWords = { low: 0, high: 0 }

/** What is added to one word to get another, modulo 2^64. */
export function stepBetween(from: EntryWords, to: EntryWords): EntryWords {
  const low = to.low - from.low
  return { low: low >>> 0, high: (to.high - from.high - (low < 0 ? 1 : 0)) >>> 0 }
}

/** Writes neighbouring entries, each a step above the one before it. @param entries the first of them, where it is, and how many */
export function writeSteps(
  words: Uint32Array,
  entries: { readonly first: EntryWords; readonly index: number; readonly count: number },
  step: EntryWords,
): void {
  const { first, index, count } = entries
  let { low, high } = first
  const end = 2 * (index + count)
  for (let word = 2 * index; word < end; word += 2) {
    words[word] = low
    words[word + 1] = high
    low += step.low
    high += step.high
    if (low >= HALF) {
      low -= HALF
      high += 1
    }
    if (high >= HALF) high -= HALF
  }
}

/**
 * How many neighbouring entries are each a step above the one before it, from one on.
 * @param most entries that are looked at, at least 1
 */
export function countSteps(
  words: Uint32Array,
  where: { readonly index: number; readonly most: number },
  step: EntryWords,
): number {
  const { index, most } = where
  const stepLow = step.low >>> 0
  const stepHigh = step.high >>> 0
  let low = words[2 * index] ?? 0
  let high = words[2 * index + 1] ?? 0
  for (let count = 1; count < most; count++) {
    low = (low + stepLow) >>> 0
    high = (high + stepHigh + (low < stepLow ? 1 : 0)) >>> 0
    const word = 2 * (index + count)
    if (words[word] !== low || words[word + 1] !== high) return count
  }
  return most
}

import { describe, expect, test } from 'vitest'
import {
  bitWords,
  countSteps,
  fieldMask,
  formatWord,
  hasBit,
  highWord,
  lacksBits,
  lowWord,
  maskedNumber,
  orWords,
  stepBetween,
  wordsOf,
  writeSteps,
} from './words'

describe('64-bit words', () => {
  test('a number above 32 bits is cut into two unsigned halves', () => {
    const value = 0x12_3456_89ab_cdef
    expect(lowWord(value)).toBe(0x89ab_cdef)
    expect(highWord(value)).toBe(0x12_3456)
    expect(wordsOf(2 ** 53 - 1)).toEqual({ low: 0xffff_ffff, high: 0x1f_ffff })
  })

  test('every bit is found where it was set and nowhere else', () => {
    for (let bit = 0; bit < 64; bit++) {
      const { low, high } = bitWords(bit)
      for (let other = 0; other < 64; other++) expect(hasBit(low, high, other)).toBe(bit === other)
    }
  })

  test('bits 31 and 63 do not turn a half negative', () => {
    expect(bitWords(31, 63)).toEqual({ low: 0x8000_0000, high: 0x8000_0000 })
    expect(orWords(bitWords(31), bitWords(0, 63))).toEqual({ low: 0x8000_0001, high: 0x8000_0000 })
  })

  test('a masked number keeps the bits of the field in their places', () => {
    const mask = fieldMask({ from: 12, end: 52 })
    expect(maskedNumber(0xffff_ffff, 0xffff_ffff, mask)).toBe(2 ** 52 - 2 ** 12)
    expect(maskedNumber(0x8000_01e3, 0x8000_0001, mask)).toBe(0x1_8000_0000)
    expect(maskedNumber(0, 0x8000_0000, bitWords(63))).toBe(2 ** 63)
  })

  test('a word lacks a mask when none of its bits is set', () => {
    expect(lacksBits(0x60, 0, bitWords(0, 63))).toBe(true)
    expect(lacksBits(0x61, 0, bitWords(0, 63))).toBe(false)
    expect(lacksBits(0, 0x8000_0000, bitWords(0, 63))).toBe(false)
  })

  test('a word is shown with all 16 digits', () => {
    expect(formatWord(0x163, 0x8000_0000)).toBe('0x8000000000000163')
    expect(formatWord(0, 0)).toBe('0x0000000000000000')
  })
})

describe('neighbouring entries', () => {
  /** As numbers of 64 bits. */
  const read = (words: Uint32Array): readonly bigint[] =>
    Array.from(
      { length: words.length / 2 },
      (_, i) => (BigInt(words[2 * i + 1] ?? 0) << 32n) | BigInt(words[2 * i] ?? 0),
    )
  const halves = (value: bigint): { low: number; high: number } => ({
    low: Number(value & 0xffff_ffffn),
    high: Number(value >> 32n),
  })

  test.each([
    [0x8000_0000_0000_0163n, 0x1000n],
    [0x8000_00ff_ffff_f163n, 0x1000n],
    [0xffff_ffff_ffff_f000n, 0x1_0000_1000n],
    [5n, 0xffff_ffff_ffff_ffffn],
    [7n, 0n],
  ])('from %x by %x are written with the carry, modulo 2^64, and counted', (first, step) => {
    const words = new Uint32Array(2 * 8)
    writeSteps(words, { first: halves(first), index: 1, count: 6 }, halves(step))
    const wanted = Array.from({ length: 6 }, (_, i) => BigInt.asUintN(64, first + BigInt(i) * step))
    expect(read(words)).toEqual([0n, ...wanted, 0n])
    expect(stepBetween(halves(first), halves(wanted[1] ?? 0n))).toEqual(halves(step))
    expect(countSteps(words, { index: 1, most: 7 }, halves(step))).toBe(6)
    expect(countSteps(words, { index: 1, most: 3 }, halves(step))).toBe(3)
    words[2 * 4 + 1] = 0x55
    expect(countSteps(words, { index: 1, most: 7 }, halves(step))).toBe(3)
  })
})

import { describe, expect, test } from 'vitest'
import {
  cellColours,
  contrast,
  imageWord,
  STATE_COLOURS,
  seriesColour,
  type Theme,
  VERDICT_COLOURS,
  zoneColour,
} from './palette'

const THEMES: readonly Theme[] = ['light', 'dark']

/** Linear light of a colour, red, green, blue. */
function linear(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  const of = (byte: number): number => (byte / 255) ** 2.2
  return [of(value >>> 16), of((value >>> 8) & 255), of(value & 255)]
}

/** What is left of it without red cones, and without green ones, in percent (Viénot, Brettel and Mollon 1999). */
const DEFICIENCIES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  none: [
    [100, 0, 0],
    [0, 100, 0],
    [0, 0, 100],
  ],
  protanopia: [
    [11.2, 88.8, 0],
    [11.2, 88.8, 0],
    [0.4, -0.4, 100],
  ],
  deuteranopia: [
    [29.3, 70.7, 0],
    [29.3, 70.7, 0],
    [-2.1, 2.1, 100],
  ],
}

function seen(colour: string, matrix: readonly (readonly number[])[]): readonly number[] {
  const light = linear(colour)
  return matrix.map(
    (row) =>
      Math.max(
        0,
        row.reduce((sum, part, i) => sum + (part / 100) * (light[i] ?? 0), 0),
      ) **
      (1 / 2.2),
  )
}

/** How far apart two colours are, black and white being 1.73. */
function distance(a: string, b: string, matrix: readonly (readonly number[])[]): number {
  const [first, second] = [seen(a, matrix), seen(b, matrix)]
  return Math.hypot(...first.map((value, i) => value - (second[i] ?? 0)))
}

describe.each(THEMES)('in %s', (theme) => {
  const verdicts = (['goes', 'refuses', 'stalls', 'unknown'] as const).map(
    (verdict) => VERDICT_COLOURS[verdict][theme],
  )
  const others = [
    STATE_COLOURS.offline[theme],
    STATE_COLOURS['going-offline'][theme],
    STATE_COLOURS.absent[theme],
  ]
  const zones = ['DMA32', 'Normal', 'Movable'].map((zone) => zoneColour(zone, theme))

  test.each(Object.keys(DEFICIENCIES))('what stands beside each other stays apart (%s)', (name) => {
    const matrix = DEFICIENCIES[name] ?? []
    for (const colours of [
      [...verdicts, ...others],
      [...zones, ...others],
    ]) {
      colours.forEach((a, i) => {
        for (const b of colours.slice(i + 1))
          expect([a, b, distance(a, b, matrix) > 0.09]).toEqual([a, b, true])
      })
    }
  })

  test('what can go is never taken for what cannot, by brightness or hue', () => {
    const [goes = '', refuses = ''] = verdicts
    for (const matrix of Object.values(DEFICIENCIES))
      expect(distance(goes, refuses, matrix)).toBeGreaterThan(0.15)
  })

  test('neighbours of a series differ', () => {
    for (let index = 0; index < 8; index++)
      expect(
        distance(
          seriesColour(index, theme),
          seriesColour(index + 1, theme),
          DEFICIENCIES.none ?? [],
        ),
      ).toBeGreaterThan(0.15)
  })

  test('every kind of page has a colour, and no two of those that matter have the same', () => {
    const colours = cellColours(theme)
    expect(new Set(colours).size).toBe(colours.length)
  })
})

test('a word of an image has red in its lowest byte', () => {
  expect(imageWord('#010203').toString(16)).toBe('ff030201')
})

test('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 1)
})

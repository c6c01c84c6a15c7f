import { describe, expect, test } from 'vitest'
import { MUTANTS } from '../mutants/list'
import { titlesNaming } from '../scripts/invariants-page'
import { PATCHES, WITHOUT_MUTANT } from '../scripts/series'
import { seriesPage, VECTORS } from '../scripts/series-page'
import { readText } from '../scripts/workspace'

describe('the series of 2012', () => {
  test('has a mutant for each patch of which there is code to break', () => {
    const broken = new Set(MUTANTS.flatMap(({ patches }) => patches ?? []))
    const whole = PATCHES.filter(({ number }) => !broken.has(number)).map(({ number }) => number)
    expect(whole).toEqual(Object.keys(WITHOUT_MUTANT).map(Number))
  })

  test('has a test for each vector of its specification', () => {
    const untested = VECTORS.filter((vector) => titlesNaming(`vector ${vector}`).length === 0)
    expect(untested).toEqual([])
  })

  test('docs/series.md is what its tests say, and all of them pass (pnpm docs:series writes it)', () => {
    expect(readText('docs/series.md')).toBe(seriesPage(() => 'pass'))
  })
})

import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../packages/core/src/errors/codes'
import { errorsPage, thrownCodes } from '../scripts/error-codes'
import { readText } from '../scripts/workspace'

/** Codes that no source throws yet. This list only shrinks. */
const NOT_THROWN_YET: readonly string[] = ['MULTIZONE_RANGE', 'NOT_IMPLEMENTED']

describe('error codes', () => {
  const thrown = thrownCodes()

  test('docs/errors.md says what the table says (pnpm docs:errors writes it)', () => {
    expect(readText('docs/errors.md')).toBe(errorsPage())
  })

  test('every code that a source throws is in the table', () => {
    expect([...thrown].filter((code) => !(code in ERROR_CODES))).toEqual([])
  })

  test('every code in the table is thrown, or listed as not thrown yet', () => {
    const unknown = Object.keys(ERROR_CODES).filter((code) => !thrown.has(code))
    expect(unknown.filter((code) => !NOT_THROWN_YET.includes(code))).toEqual([])
  })

  test('a code that is thrown, or is gone, leaves the list of those not thrown yet', () => {
    const stale = NOT_THROWN_YET.filter((code) => thrown.has(code) || !(code in ERROR_CODES))
    expect(stale).toEqual([])
  })
})

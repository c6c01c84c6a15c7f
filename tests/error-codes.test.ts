import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../packages/core/src/errors/codes'
import { errorsPage, thrownCodes } from '../scripts/error-codes'
import { readText } from '../scripts/workspace'

/** Codes that no source throws yet. This list only shrinks. */
const NOT_THROWN_YET: readonly string[] = [
  'NO_SUCH_FILE',
  'NOT_A_DIRECTORY',
  'IS_A_DIRECTORY',
  'NOT_A_LINK',
  'NOT_READABLE',
  'NOT_WRITABLE',
  'TOO_MANY_LINKS',
  'BAD_WORD',
  'BAD_NUMBER',
  'ALREADY_IN_STATE',
  'NO_SUCH_BLOCK',
  'UNALIGNED_RANGE',
  'BLOCK_WITHOUT_ZONE',
  'BLOCK_HAS_HOLES',
  'MULTIZONE_RANGE',
  'RANGE_ONLINE',
  'WRONG_GRANULARITY',
  'NO_SUCH_NODE',
  'NO_SUCH_GROUP',
  'GROUP_BUSY',
  'ADDRESS_OUT_OF_REACH',
  'RESOURCE_BUSY',
  'BLOCK_EXISTS',
  'SECTION_EXISTS',
  'UNMOVABLE_PAGE',
  'ALREADY_ISOLATED',
  'DISSOLVE_FAILED',
  'OFFLINE_STALLED',
  'OUT_OF_MEMORY',
  'PAGE_NOT_ONLINE',
  'NOTIFIER_REFUSED',
  'FAULT_INJECTED',
  'REMOVE_UNSUPPORTED',
  'NOT_IMPLEMENTED',
  'NO_SUCH_DEVICE',
  'DEVICE_NOT_EJECTABLE',
  'DEVICE_EXISTS',
  'NO_FREE_SLOT',
  'NO_ADDRESS_SPACE',
  'DEVICE_EMPTY',
  'BAD_DESCRIPTION',
  'BAD_PLUGIN',
  'UNKNOWN_PLUGIN',
  'BAD_CAPTURE',
  'UNKNOWN_VERSION',
  'BAD_SCENARIO',
  'EXPECTATION_FAILED',
  'BAD_TRACE',
  'BAD_ARGUMENT',
  'IMPOSSIBLE_GOAL',
]

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

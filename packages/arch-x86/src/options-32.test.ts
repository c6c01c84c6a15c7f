import { MIB } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { parseNarrowOptions } from './options-32'

describe('archOptions of x86_32', () => {
  test('have defaults', () => {
    const defaults = { pae: true, lowmemBytes: 896 * MIB, structPageBytes: 32 }
    expect(parseNarrowOptions({})).toEqual(defaults)
    expect(parseNarrowOptions({ pae: false })).toEqual({ ...defaults, pae: false })
  })

  test.each([
    [{ pae: 'yes' }, 'archOptions.pae'],
    [{ lowmemBytes: 897 * MIB }, 'archOptions.lowmemBytes'],
    [{ lowmemBytes: 900 * MIB }, 'archOptions.lowmemBytes'],
    [{ lowmemBytes: 32 * MIB }, 'archOptions.lowmemBytes'],
    [{ structPageBytes: 36 }, 'archOptions.structPageBytes'],
    [{ structPageBytes: 24 }, 'archOptions.structPageBytes'],
    [{ levels: 4 }, 'archOptions.levels'],
  ])('that are wrong are named: %o', (options, place) => {
    expect(() => parseNarrowOptions(options)).toThrowError(
      expect.objectContaining({ code: 'BAD_DESCRIPTION', detail: { place } }),
    )
  })
})

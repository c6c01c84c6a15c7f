import { GIB, MIB } from '@memhp/core'
import { checkPageTableGeometry } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { x86Geometry } from './geometry'
import { parseOptions } from './options'

describe('geometry', () => {
  test.each([
    {},
    { levels: 5 },
    { gbpages: false },
    { structPageBytes: 56 },
    { structPageBytes: 96 },
  ])('of %o fits together', (options) => checkPageTableGeometry(x86Geometry(parseOptions(options))))

  test('without gbpages the direct map has leaves of 2 MiB at most', () => {
    const sizes = (gbpages: boolean): (number | undefined)[] =>
      x86Geometry(parseOptions({ gbpages })).pageTables?.directLeaves.map((l) => l.sizeBytes) ?? []
    expect(sizes(true)).toEqual([GIB, 2 * MIB, 4096])
    expect(sizes(false)).toEqual([2 * MIB, 4096])
  })
})

import { GIB, MIB } from '@memhp/core'
import { pageTableProblem } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { x86Geometry, x86Mapping } from './geometry'
import { parseOptions } from './options'

describe('geometry', () => {
  test.each([
    {},
    { levels: 5 },
    { gbpages: false },
    { structPageBytes: 56 },
    { structPageBytes: 96 },
  ])('of %o fits together', (given) => {
    const options = parseOptions(given)
    const arch = { geometry: x86Geometry(options), mapping: x86Mapping(options) }
    expect(pageTableProblem(arch)).toBeUndefined()
  })

  test('without gbpages the direct map has leaves of 2 MiB at most', () => {
    const directMap = (gbpages: boolean) => x86Mapping(parseOptions({ gbpages })).direct
    expect(directMap(true)).toMatchObject({ leaves: [GIB, 2 * MIB, 4096] })
    expect(directMap(false)).toMatchObject({ leaves: [2 * MIB, 4096] })
  })
})

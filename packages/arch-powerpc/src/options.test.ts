import { GIB, KIB, MIB } from '@memhp/core'
import { pageTableProblem } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { powerpcGeometry, radixMapping } from './geometry'
import { targetShift } from './hash/resize'
import { parseOptions } from './options'

describe('archOptions', () => {
  test('have defaults', () => {
    expect(parseOptions({})).toEqual({
      mmu: 'radix',
      pageBytes: 65536,
      lmbBytes: 256 * MIB,
      linearPageBytes: 16 * MIB,
      hptShift: null,
      hptResize: true,
    })
  })

  test.each([
    [{ mmu: 'nohash' }, 'mmu'],
    [{ pageBytes: 16384 }, 'pageBytes'],
    [{ lmbBytes: 8 * MIB }, 'lmbBytes'],
    [{ lmbBytes: 48 * MIB }, 'lmbBytes'],
    [{ lmbBytes: '256M' }, 'lmbBytes'],
    [{ mmu: 'hash', linearPageBytes: 4096 }, 'linearPageBytes'],
    [{ mmu: 'hash', hptShift: 17 }, 'hptShift'],
    [{ mmu: 'hash', hptShift: 47 }, 'hptShift'],
    [{ mmu: 'hash', hptResize: 1 }, 'hptResize'],
    [{ hptShift: 20 }, 'hptShift'],
    [{ hptResize: true, mmu: 'radix' }, 'hptResize'],
    [{ pages: 4096 }, 'pages'],
    [{ toString: 4 }, 'toString'],
  ])('that are wrong are named: %o', (options, name) => {
    expect(() => parseOptions(options)).toThrowError(
      expect.objectContaining({
        code: 'BAD_DESCRIPTION',
        detail: { place: `archOptions.${name}` },
      }),
    )
  })
})

describe('geometry', () => {
  test.each([{}, { pageBytes: 4096 }, { lmbBytes: GIB }, { lmbBytes: 16 * MIB }])(
    'of radix with %o fits together',
    (given) => {
      const options = parseOptions(given)
      const [geometry, mapping] = [powerpcGeometry(options), radixMapping(options)]
      expect(pageTableProblem({ geometry, mapping })).toBeUndefined()
    },
  )

  test.each([
    [{}, { maxOrder: 8, pageblockOrder: 5, maxPhysMemBits: 51 }],
    [{ pageBytes: 4096 }, { maxOrder: 12, pageblockOrder: 9, maxPhysMemBits: 51 }],
    [{ mmu: 'hash' }, { maxOrder: 8, pageblockOrder: 8, maxPhysMemBits: 51 }],
    [
      { mmu: 'hash', pageBytes: 4096 },
      { maxOrder: 12, pageblockOrder: 12, maxPhysMemBits: 46 },
    ],
  ])('of %o', (options, numbers) => {
    expect(powerpcGeometry(parseOptions(options))).toMatchObject(numbers)
  })

  test.each([
    [16 * MIB, 64 * KIB, [2 * MIB, 64 * KIB]],
    [256 * MIB, 4 * KIB, [2 * MIB, 4 * KIB]],
    [GIB, 64 * KIB, [GIB, 2 * MIB, 64 * KIB]],
    [4 * GIB, 64 * KIB, [GIB, 2 * MIB, 64 * KIB]],
  ])('no leaf reaches beyond an LMB of %i bytes', (lmbBytes, pageBytes, sizes) => {
    const { direct } = radixMapping(parseOptions({ lmbBytes, pageBytes }))
    expect(direct).toMatchObject({ leaves: sizes })
  })
})

test.each([
  [GIB, 65536, 20],
  [2 * GIB, 65536, 21],
  [2 * GIB + 1, 65536, 22],
  [MIB, 65536, 18],
  [64 * 1024 * GIB, 65536, 36],
  [2 * GIB, 4096, 25],
])('the kernel aims, with %i bytes in pages of %i, at a table of 2^%i', (memory, page, shift) => {
  expect(targetShift(memory, page)).toBe(shift)
})

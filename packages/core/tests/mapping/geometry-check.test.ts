import { describe, expect, test } from 'vitest'
import { MIB } from '../../src/address/units'
import { checkPageTableGeometry } from '../../src/mapping/geometry-check'
import { bootTablePfn, isBootFrame, tableShape } from '../../src/mapping/table-shape'
import type { PageTableGeometry } from '../../src/model/page-table-geometry'
import { FOUR_LEVELS, GEOMETRIES } from './geometries'

const four = FOUR_LEVELS.pageTables as PageTableGeometry

const check = (change: Partial<PageTableGeometry>): void =>
  checkPageTableGeometry({ ...FOUR_LEVELS, pageTables: { ...four, ...change } })

describe('boot frames', () => {
  const tiny = Object.entries(GEOMETRIES).map(
    ([name, geometry]) => [`${name}, 1 MiB`, { ...geometry, maxPhysMemBits: 20 }] as const,
  )
  const all = [...Object.entries(GEOMETRIES), ...tiny]

  test.each(all)('of a table are aligned to its size, %s', (_, geometry) => {
    const shape = tableShape(geometry)
    for (const level of shape.levels) {
      for (const region of [shape.regions.direct, shape.regions.vmemmap]) {
        for (const offset of [0, region.limitBytes - shape.pageBytes]) {
          const frame = bootTablePfn(shape, region, level, offset)
          expect(frame % 2 ** level.tableOrder).toBe(0)
          expect(isBootFrame(shape, frame)).toBe(true)
          expect(frame).toBeLessThan(shape.bootFrameEnd)
        }
      }
    }
  })
})

describe('checkPageTableGeometry', () => {
  test.each(Object.entries(GEOMETRIES))('accepts %s', (_, geometry) => {
    checkPageTableGeometry(geometry)
  })

  test.each<[string, Partial<PageTableGeometry>, RegExp]>([
    ['no level', { levels: [] }, /no level/],
    [
      'a shift that the levels below do not make',
      { levels: four.levels.map((level, i) => (i === 1 ? { ...level, shift: 31 } : level)) },
      /PUD: shift is 31/,
    ],
    [
      'a region that begins inside an entry of the top level',
      { regions: { ...four.regions, vmemmap: { name: 'vmemmap', base: 0xffff_ea00_4000_0000n } } },
      /vmemmap region does not begin/,
    ],
    [
      'regions that overlap',
      { regions: { ...four.regions, vmemmap: { name: 'vmemmap', base: 0xffff_8900_0000_0000n } } },
      /overlap/,
    ],
    ['a leaf size that no level has', { vmemmapLeaves: [4 * MIB] }, /no level has entries/],
    ['leaf sizes out of order', { vmemmapLeaves: [4096, 2 * MIB] }, /largest first/],
    ['a permanent table of no level', { permanentTables: ['P4D'] }, /no level "P4D"/],
    ['the top level as a permanent table', { permanentTables: ['PGD'] }, /no level "PGD"/],
    ['boot frames that are not aligned', { bootFrameBase: 2 ** 46 + 4096 }, /bootFrameBase/],
    [
      'entries that lose address bits',
      { entries: { ...four.entries, address: (low) => low - (low % 4096) } },
      /read back/,
    ],
    [
      'a table entry that reads as a leaf',
      { entries: { ...four.entries, isLeaf: () => true } },
      /read as something else/,
    ],
    [
      'an empty entry that is not none',
      { entries: { ...four.entries, none: () => ({ low: 1, high: 0 }) } },
      /not none/,
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => check(change)).toThrowError(
      expect.objectContaining({ code: 'BAD_PLUGIN', message: expect.stringMatching(message) }),
    )
  })
})

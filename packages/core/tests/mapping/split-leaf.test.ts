import { describe, expect, test } from 'vitest'
import { nodeId } from '../../src/address/brand'
import { MIB } from '../../src/address/units'
import { leafRuns, translateIn } from '../../src/mapping/leaf-list'
import { mapInto } from '../../src/mapping/map-range'
import { checkTables } from '../../src/mapping/mapping-check'
import { splitLeafIn } from '../../src/mapping/split-leaf'
import { regionNamed, tableShape } from '../../src/mapping/table-shape'
import { type FakeTables, fakeTables } from './fake-frames'
import { GEOMETRIES } from './geometries'

const NODE = nodeId(0)

describe.each(Object.entries(GEOMETRIES))('splitLeaf, %s', (_, arch) => {
  const ofEntries = tableShape(arch).levels.map((level) => level.spanBytes)
  const sizes = regionNamed(tableShape(arch), 'direct').leaves.filter((size) =>
    ofEntries.includes(size),
  )
  const [large = 0, middle = 0, small = 0] = sizes
  const offset = 2 * large

  function mapped(): FakeTables {
    const tables = fakeTables(arch)
    mapInto(tables, {
      region: 'direct',
      offset,
      sizeBytes: large,
      leafSizes: sizes,
      backing: { kind: 'linear', address: offset },
      nodeId: NODE,
    })
    return tables
  }

  const split = (tables: FakeTables, at: number): ReturnType<typeof splitLeafIn> =>
    splitLeafIn(tables, { region: 'direct', offset: at, nodeId: NODE })

  test('changes the size of leaves and no translation', () => {
    const tables = mapped()
    const at = offset + 3 * middle + small
    expect(split(tables, at)).toEqual({ offset, leafBytes: large, smallerLeafBytes: middle })
    expect(split(tables, at)).toEqual({
      offset: offset + 3 * middle,
      leafBytes: middle,
      smallerLeafBytes: small,
    })
    expect(split(tables, at)).toBeUndefined()
    const region = regionNamed(tables.shape, 'direct')
    const runs = leafRuns(tables, { region, start: 0, end: 4 * large })
    expect(runs.map((run) => [run.leafBytes, run.count])).toEqual([
      [middle, 3],
      [small, middle / small],
      [middle, large / middle - 4],
    ])
    for (const step of [0, middle, 3 * middle + small + 1, large - 1]) {
      const found = translateIn(tables, region.base + BigInt(offset + step))
      expect(found?.physicalAddress).toBe(offset + step)
    }
    checkTables(tables, { emptyTables: 'free' })
  })

  test('does nothing where nothing is mapped', () => {
    expect(split(mapped(), offset + large + MIB)).toBeUndefined()
  })

  test('is refused without a page for the table, and changes nothing', () => {
    const tables = mapped()
    tables.frames.remaining = 0
    const before = structuredClone(tables.state)
    expect(() => split(tables, offset)).toThrowError(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    expect(tables.state).toEqual(before)
  })
})

import { describe, expect, test } from 'vitest'
import { nodeId } from '../../src/address/brand'
import { MIB } from '../../src/address/units'
import { changedWords } from '../../src/mapping/changed-tables'
import { leafTableAt, storedTables } from '../../src/mapping/leaf-tables'
import { mapInto } from '../../src/mapping/map-range'
import { checkTables } from '../../src/mapping/mapping-check'
import { rootPlace } from '../../src/mapping/page-tables'
import { isStored } from '../../src/mapping/stored'
import { regionNamed } from '../../src/mapping/table-shape'
import { findLeaf, walkTables } from '../../src/mapping/table-walk'
import { unmapFrom } from '../../src/mapping/unmap-range'
import { type FakeTables, fakeTables } from './fake-frames'
import { REGION_TABLES } from './geometries'

const NODE = nodeId(0)
const PAGE = 4096

const map = (tables: FakeTables, offset: number, sizeBytes: number): void =>
  void mapInto(tables, {
    region: 'direct',
    offset,
    sizeBytes,
    leafSizes: [PAGE],
    backing: { kind: 'linear', address: offset },
    nodeId: NODE,
  })

const unmap = (tables: FakeTables, offset: number, sizeBytes: number): void =>
  void unmapFrom(tables, {
    region: 'direct',
    offset,
    sizeBytes,
    frames: 'keep',
    partialLeaf: 'split',
    emptyTables: 'free',
    nodeId: NODE,
  })

const leafAt = ({ shape }: FakeTables, address: number): number =>
  shape.geometry.entries.leaf(address, shape.levels.length - 1).low

const unwritten = ({ state }: FakeTables): number =>
  state.leafTables.reduce((sum, { count }) => sum + count, 0)

/** Every entry of every table, in the one form of words. */
const entriesOf = (tables: FakeTables): readonly string[] =>
  [...changedWords(tables).values()].map((words) => words.join())

describe('tables that are full of leaves', () => {
  test('are not written down where they are mapped at once, and are where they are not', () => {
    const tables = fakeTables(REGION_TABLES)
    map(tables, 8 * MIB, 4 * MIB)
    expect(unwritten(tables)).toBe(4)
    const piecemeal = fakeTables(REGION_TABLES)
    for (let page = 0; page < 4 * MIB; page += PAGE) map(piecemeal, 8 * MIB + page, PAGE)
    expect(unwritten(piecemeal)).toBe(0)
    expect(entriesOf(tables)).toEqual(entriesOf(piecemeal))
    expect([...storedTables(tables)].length).toBe([...storedTables(piecemeal)].length)
  })

  test('are written down one by one as entries go, and what they map is as it was', () => {
    const tables = fakeTables(REGION_TABLES)
    map(tables, 8 * MIB, 4 * MIB)
    unmap(tables, 9 * MIB + PAGE, PAGE)
    expect(unwritten(tables)).toBe(3)
    const addresses: number[] = []
    const { entries } = tables.shape.geometry
    const region = regionNamed(tables.shape, 'direct')
    walkTables(
      tables,
      { region, start: 8 * MIB, end: 12 * MIB },
      {
        leaf: ({ offset, low, high, level }) => {
          expect(entries.address(low, high, level.index)).toBe(offset)
          addresses.push(offset)
        },
      },
    )
    expect(addresses).toHaveLength((4 * MIB) / PAGE - 1)
    expect(addresses).not.toContain(9 * MIB + PAGE)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('go from the middle of their stretch, with what they took', () => {
    const tables = fakeTables(REGION_TABLES)
    map(tables, 8 * MIB, 6 * MIB)
    const pages = tables.frames.pages('table')
    unmap(tables, 9 * MIB, 3 * MIB)
    expect(unwritten(tables)).toBe(3)
    // Four of the six shared two pages; of the third page one table is left, and of the first.
    expect(pages - tables.frames.pages('table')).toBe(1)
    checkTables(tables, { emptyTables: 'free' })
    const region = regionNamed(tables.shape, 'direct')
    for (const mib of [8, 12, 13])
      expect(findLeaf(tables, region, mib * MIB)?.low).toBe(leafAt(tables, mib * MIB))
    unmap(tables, 8 * MIB, 6 * MIB)
    expect(tables.frames.pages('table')).toBe(0)
    expect(unwritten(tables)).toBe(0)
  })

  test('are found by where they are, and nothing beside them is', () => {
    const tables = fakeTables(REGION_TABLES)
    map(tables, 8 * MIB, 3 * MIB)
    const [first] = tables.state.leafTables
    const at = first?.pfn ?? 0
    expect(leafTableAt(tables, at)?.address).toBe(8 * MIB)
    expect(isStored(tables, at - 0.5)).toBe(false)
    const region = regionNamed(tables.shape, 'direct')
    expect(leafTableAt(tables, rootPlace(tables, region, 0).pfn)).toBeUndefined()
  })
})

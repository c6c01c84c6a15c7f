import { describe, expect, test } from 'vitest'
import { nodeId } from '../../src/address/brand'
import { GIB, MIB } from '../../src/address/units'
import { levelCounts, translateIn } from '../../src/mapping/leaf-list'
import { mapInto } from '../../src/mapping/map-range'
import { checkTables } from '../../src/mapping/mapping-check'
import { isStored } from '../../src/mapping/stored'
import { regionNamed } from '../../src/mapping/table-shape'
import { unmapFrom } from '../../src/mapping/unmap-range'
import type { RegionChange } from '../../src/model/mapping-change'
import { type FakeTables, fakeTables } from './fake-frames'
import { REGION_TABLES } from './geometries'

const NODE = nodeId(0)

/** Maps MiBs by base pages: a page table each, two of which share a page. */
const map = (tables: FakeTables, mib: number, count = 1): RegionChange =>
  mapInto(tables, {
    region: 'direct',
    offset: mib * MIB,
    sizeBytes: count * MIB,
    leafSizes: [4096],
    backing: { kind: 'linear', address: mib * MIB },
    nodeId: NODE,
  })

const unmap = (tables: FakeTables, mib: number, count = 1): RegionChange =>
  unmapFrom(tables, {
    region: 'direct',
    offset: mib * MIB,
    sizeBytes: count * MIB,
    frames: 'keep',
    partialLeaf: 'split',
    emptyTables: 'free',
    nodeId: NODE,
  })

const partlyUsed = ({ state }: FakeTables): number => state.partlyUsedPages.size

/** Tables of the levels above, which stay, so that only page tables come and go. */
function tablesAt(mib: number): FakeTables {
  const tables = fakeTables(REGION_TABLES)
  map(tables, mib, 2)
  return tables
}

describe('tables that share pages', () => {
  test('a page serves the second table too, and goes back with the last', () => {
    const tables = tablesAt(0)
    expect(partlyUsed(tables)).toBe(0)
    expect(map(tables, 2)).toMatchObject({ tables: [{ level: 'PTE', count: 1 }], tablePages: 1 })
    expect(partlyUsed(tables)).toBe(1)
    expect(map(tables, 3)).toMatchObject({ tables: [{ level: 'PTE', count: 1 }], tablePages: 0 })
    expect(partlyUsed(tables)).toBe(0)
    expect(unmap(tables, 2)).toMatchObject({ tables: [{ level: 'PTE', count: 1 }], tablePages: 0 })
    expect(unmap(tables, 3)).toMatchObject({ tables: [{ level: 'PTE', count: 1 }], tablePages: 1 })
    expect(partlyUsed(tables)).toBe(0)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('the partly used page that is lowest is filled first', () => {
    const tables = tablesAt(0)
    map(tables, 2, 4)
    unmap(tables, 5)
    unmap(tables, 2)
    const [first, second] = [...tables.state.partlyUsedPages.keys()].toSorted((a, b) => a - b)
    expect(map(tables, 9).tablePages).toBe(0)
    expect([...tables.state.partlyUsedPages.keys()]).toEqual([second])
    expect(isStored(tables, first ?? 0)).toBe(true)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('two tables in one page lead to what each of them maps', () => {
    const tables = tablesAt(0)
    const { base } = regionNamed(tables.shape, 'direct')
    for (const at of [0, MIB - 1, MIB, 2 * MIB - 1])
      expect(translateIn(tables, base + BigInt(at))?.physicalAddress).toBe(at)
  })

  test('where memory ends between two tables of a page, both pages and notes are as before', () => {
    const tables = tablesAt(0)
    map(tables, 2)
    const before = structuredClone(tables.state)
    tables.frames.remaining = 1
    // The first fits into the page that is partly used, two into a new one, and the fourth nowhere.
    expect(() => map(tables, 3, 4)).toThrowError(expect.objectContaining({ code: 'OUT_OF_MEMORY' }))
    expect(tables.state).toEqual(before)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('a table larger than a page takes and gives back all its pages', () => {
    const tables = tablesAt(0)
    const pages = tables.frames.pages('table')
    // A segment table of 16 KiB and half a page.
    expect(map(tables, 2 * 1024)).toMatchObject({
      tables: [
        { level: 'SEG', count: 1 },
        { level: 'PTE', count: 1 },
      ],
      tablePages: 5,
    })
    expect(unmap(tables, 2 * 1024).tablePages).toBe(5)
    expect(tables.frames.pages('table')).toBe(pages)
  })

  test('boot tables share their frames and none of the page allocator', () => {
    const tables = fakeTables(REGION_TABLES)
    const boot = { offset: 0, sizeBytes: 2 * MIB, address: 0, leafBytes: 4096 }
    tables.state.boot = { ...tables.state.boot, direct: [boot] }
    tables.state.directMapBytes.set(4096, 2 * MIB)
    expect(unmap(tables, 0, 2)).toMatchObject({ tablePages: 0, bootTables: 5 })
    expect(tables.frames.out.size).toBe(0)
    expect(partlyUsed(tables)).toBe(0)
    const region = regionNamed(tables.shape, 'direct')
    const found = levelCounts(tables, { region, start: 0, end: GIB })
    expect(found.map((level) => level.tables)).toEqual([1, 0, 0, 0, 0])
  })

  test('a page that is noted wrongly is found', () => {
    const tables = tablesAt(0)
    map(tables, 2)
    const [page = 0] = tables.state.partlyUsedPages.keys()
    tables.state.partlyUsedPages.clear()
    expect(() => checkTables(tables, { emptyTables: 'free' })).toThrow(/holds 1 PTE tables/)
    tables.state.partlyUsedPages.set(page, 4).set(page + 1000, 4)
    expect(() => checkTables(tables, { emptyTables: 'free' })).toThrow(/holds none/)
  })
})

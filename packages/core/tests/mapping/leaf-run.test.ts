import { describe, expect, test } from 'vitest'
import { nodeId } from '../../src/address/brand'
import { KIB, MIB } from '../../src/address/units'
import { leafRuns, levelCounts, translateIn } from '../../src/mapping/leaf-list'
import { mapInto } from '../../src/mapping/map-range'
import { checkTables } from '../../src/mapping/mapping-check'
import type { UnmapRequest } from '../../src/mapping/requests'
import { splitLeafIn } from '../../src/mapping/split-leaf'
import { regionNamed } from '../../src/mapping/table-shape'
import { unmapFrom } from '../../src/mapping/unmap-range'
import { hasBit } from '../../src/mapping/words'
import type { RegionChange } from '../../src/model/mapping-change'
import { type FakeTables, fakeTables } from './fake-frames'
import { RUNS } from './geometries'

const NODE = nodeId(0)
const RUN = 64 * KIB
const PAGE = 4 * KIB

const map = (tables: FakeTables, start: number, end: number): RegionChange =>
  mapInto(tables, {
    region: 'direct',
    offset: start,
    sizeBytes: end - start,
    leafSizes: regionNamed(tables.shape, 'direct').leaves,
    backing: { kind: 'linear', address: start },
    nodeId: NODE,
  })

const unmap = (
  tables: FakeTables,
  range: { start: number; end: number },
  partialLeaf: UnmapRequest['partialLeaf'] = 'split',
): RegionChange =>
  unmapFrom(tables, {
    region: 'direct',
    offset: range.start,
    sizeBytes: range.end - range.start,
    frames: 'keep',
    partialLeaf,
    emptyTables: 'free',
    nodeId: NODE,
  })

const direct = (tables: FakeTables) => {
  const region = regionNamed(tables.shape, 'direct')
  return { region, start: 0, end: region.limitBytes }
}

const sizes = (tables: FakeTables): (readonly [number, number])[] =>
  leafRuns(tables, direct(tables)).map(({ leafBytes, count }) => [leafBytes, count])

/** Entries of the lowest tables that have the bit of runs. */
function markedEntries(tables: FakeTables): number {
  const lowest = tables.shape.levels.at(-1)?.entries ?? 0
  const words = [...tables.state.tables.values()].at(-1) ?? new Uint32Array()
  return Array.from({ length: lowest }, (_, i) => i).filter((i) =>
    hasBit(words[2 * i] ?? 0, words[2 * i + 1] ?? 0, 55),
  ).length
}

describe('a run of entries', () => {
  test('is one leaf wherever leaves are counted, and 16 marked entries in its table', () => {
    const tables = fakeTables(RUNS)
    const mapped = map(tables, RUN - PAGE, 3 * RUN + PAGE)
    expect(mapped.leaves).toEqual([
      { leafBytes: RUN, count: 2 },
      { leafBytes: PAGE, count: 2 },
    ])
    expect(sizes(tables)).toEqual([
      [PAGE, 1],
      [RUN, 2],
      [PAGE, 1],
    ])
    expect(levelCounts(tables, direct(tables)).at(-1)).toMatchObject({ leaves: 4 })
    expect(markedEntries(tables)).toBe(32)
    expect(tables.state.directMapBytes.get(RUN)).toBe(2 * RUN)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('is written above the last level too', () => {
    const tables = fakeTables(RUNS)
    expect(map(tables, 0, 34 * MIB).leaves).toEqual([
      { leafBytes: 32 * MIB, count: 1 },
      { leafBytes: 2 * MIB, count: 1 },
    ])
  })

  test('translates every byte, and tells its whole size', () => {
    const tables = fakeTables(RUNS)
    map(tables, RUN, 2 * RUN)
    const { base } = direct(tables).region
    for (const at of [RUN, RUN + 5 * PAGE + 7, 2 * RUN - 1]) {
      const found = translateIn(tables, base + BigInt(at))
      expect(found).toMatchObject({ physicalAddress: at, leafBytes: RUN, level: 'PTE' })
    }
  })

  test('is not made where one of its entries is in use', () => {
    const tables = fakeTables(RUNS)
    map(tables, 5 * PAGE, 6 * PAGE)
    expect(map(tables, 0, RUN)).toMatchObject({
      leaves: [{ leafBytes: PAGE, count: 15 }],
      keptLeaves: 1,
    })
  })

  test('that is in place is kept as one leaf, also where only a part is asked for', () => {
    const tables = fakeTables(RUNS)
    map(tables, 0, RUN)
    expect(map(tables, 3 * PAGE, 2 * RUN)).toMatchObject({
      leaves: [{ leafBytes: RUN, count: 1 }],
      keptLeaves: 1,
    })
  })

  test('becomes single entries before a part of it goes, without a page', () => {
    const tables = fakeTables(RUNS)
    map(tables, 0, 2 * RUN)
    tables.frames.remaining = 0
    const unmapped = unmap(tables, { start: 3 * PAGE, end: 5 * PAGE })
    expect(unmapped).toMatchObject({
      leaves: [{ leafBytes: PAGE, count: 2 }],
      splits: [{ leafBytes: RUN, smallerLeafBytes: PAGE, count: 1 }],
      tables: [],
      tablePages: 0,
      left: [],
    })
    expect(sizes(tables)).toEqual([
      [PAGE, 3],
      [PAGE, 11],
      [RUN, 1],
    ])
    expect(markedEntries(tables)).toBe(16)
    expect(tables.state.directMapBytes.get(RUN)).toBe(RUN)
    expect(tables.state.directMapBytes.get(PAGE)).toBe(14 * PAGE)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('above the last level becomes entries, and the one that is met in part a table', () => {
    const tables = fakeTables(RUNS)
    map(tables, 0, 32 * MIB)
    expect(unmap(tables, { start: 2 * MIB, end: 4 * MIB + PAGE }).splits).toEqual([
      { leafBytes: 32 * MIB, smallerLeafBytes: 2 * MIB, count: 1 },
      { leafBytes: 2 * MIB, smallerLeafBytes: PAGE, count: 1 },
    ])
    checkTables(tables, { emptyTables: 'free' })
  })

  test('is left once, as a whole, where parts of leaves are kept', () => {
    const tables = fakeTables(RUNS)
    map(tables, 0, 2 * RUN)
    const { left } = unmap(tables, { start: 3 * PAGE, end: 2 * RUN }, 'keep')
    expect(left).toEqual([{ offset: 0, leafBytes: RUN, count: 1, reason: 'partial' }])
    expect(sizes(tables)).toEqual([[RUN, 1]])
  })

  test('is split by name, its table stays', () => {
    const tables = fakeTables(RUNS)
    map(tables, RUN, 2 * RUN)
    const tablesBefore = tables.state.tables.size
    expect(splitLeafIn(tables, { region: 'direct', offset: RUN + PAGE, nodeId: NODE })).toEqual({
      offset: RUN,
      leafBytes: RUN,
      smallerLeafBytes: PAGE,
    })
    expect(tables.state.tables.size).toBe(tablesBefore)
    expect(sizes(tables)).toEqual([[PAGE, 16]])
    checkTables(tables, { emptyTables: 'free' })
  })

  test('that lost an entry is found by the check', () => {
    const tables = fakeTables(RUNS)
    map(tables, 0, RUN)
    const words = [...tables.state.tables.values()].at(-1)
    words?.fill(0, 8, 10)
    expect(() => checkTables(tables, { emptyTables: 'free' })).toThrow(/broken at entry 0/)
  })
})

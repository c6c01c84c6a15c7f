import { describe, expect, test } from 'vitest'
import { nodeId } from '../../src/address/brand'
import { GIB, MIB } from '../../src/address/units'
import { leafExtents, withinCounters } from '../../src/mapping/leaf-extent'
import { leafRuns, translateIn } from '../../src/mapping/leaf-list'
import { mapInto } from '../../src/mapping/map-range'
import { NO_CHANGE } from '../../src/mapping/mapping-change'
import { checkTables } from '../../src/mapping/mapping-check'
import type { UnmapRequest } from '../../src/mapping/requests'
import { regionNamed } from '../../src/mapping/table-shape'
import { unmapFrom } from '../../src/mapping/unmap-range'
import type { RegionChange } from '../../src/model/mapping-change'
import { type FakeTables, fakeTables } from './fake-frames'
import { FIVE_LEVELS, FOUR_LEVELS, RADIX } from './geometries'

const NODE = nodeId(0)

const map = (tables: FakeTables, offset: number, sizeBytes: number): RegionChange =>
  mapInto(tables, {
    region: 'direct',
    offset,
    sizeBytes,
    leafSizes: regionNamed(tables.shape, 'direct').leaves,
    backing: { kind: 'linear', address: offset },
    nodeId: NODE,
  })

const unmap = (
  tables: FakeTables,
  range: { offset: number; sizeBytes: number },
  more: Partial<UnmapRequest> = {},
): RegionChange =>
  unmapFrom(tables, {
    region: 'direct',
    frames: 'keep',
    partialLeaf: 'keep',
    emptyTables: 'free',
    nodeId: NODE,
    ...range,
    ...more,
  })

const sizesIn = (tables: FakeTables, end: number): [number, number][] =>
  leafRuns(tables, { region: regionNamed(tables.shape, 'direct'), start: 0, end }).map((run) => [
    run.leafBytes,
    run.count,
  ])

describe('mapping', () => {
  test('uses small leaves up to a boundary, the largest in the middle, and small ones again', () => {
    const tables = fakeTables(FOUR_LEVELS)
    const mapped = map(tables, GIB - 2 * MIB - 4096, 2 * GIB + 4 * MIB + 8192)
    expect(sizesIn(tables, 8 * GIB)).toEqual([
      [4096, 1],
      [2 * MIB, 1],
      [GIB, 2],
      [2 * MIB, 1],
      [4096, 1],
    ])
    expect(mapped).toEqual({
      ...NO_CHANGE,
      leaves: [
        { leafBytes: GIB, count: 2 },
        { leafBytes: 2 * MIB, count: 2 },
        { leafBytes: 4096, count: 2 },
      ],
      tables: [
        { level: 'PUD', count: 1 },
        { level: 'PMD', count: 2 },
        { level: 'PTE', count: 2 },
      ],
      tablePages: 5,
    })
  })

  test('what is mapped already stays and is not counted again', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, 2 * GIB, 4 * MIB)
    expect(map(tables, 2 * GIB, GIB)).toMatchObject({
      leaves: [{ leafBytes: 2 * MIB, count: 510 }],
      tables: [],
      keptLeaves: 2,
    })
    expect(tables.state.directMapBytes.get(2 * MIB)).toBe(GIB)
  })

  test('leaf sizes that are not asked for are not used, aligned or not', () => {
    const tables = fakeTables(FOUR_LEVELS)
    const mapped = mapInto(tables, {
      region: 'direct',
      offset: 2 * GIB,
      sizeBytes: GIB,
      leafSizes: [2 * MIB, 4096],
      backing: { kind: 'linear', address: 2 * GIB },
      nodeId: NODE,
    })
    expect(mapped.leaves).toEqual([{ leafBytes: 2 * MIB, count: 512 }])
  })

  test('memory that is less aligned than its place is mapped by smaller leaves', () => {
    const tables = fakeTables(FOUR_LEVELS)
    const mapped = mapInto(tables, {
      region: 'direct',
      offset: 2 * GIB,
      sizeBytes: 4 * MIB,
      leafSizes: [GIB, 2 * MIB, 4096],
      backing: { kind: 'linear', address: GIB + MIB },
      nodeId: NODE,
    })
    expect(mapped.leaves).toEqual([{ leafBytes: 4096, count: 1024 }])
    const { base } = regionNamed(tables.shape, 'direct')
    expect(translateIn(tables, base + BigInt(2 * GIB + 5000))).toMatchObject({
      physicalAddress: GIB + MIB + 5000,
      level: 'PTE',
    })
  })

  test('a range beyond the region, or of half a page, is refused', () => {
    const tables = fakeTables(FOUR_LEVELS)
    expect(() => map(tables, 2 ** 46 - 4096, 8192)).toThrowError(
      expect.objectContaining({ code: 'ADDRESS_OUT_OF_REACH', errno: 'E2BIG' }),
    )
    expect(() => map(tables, 2048, 4096)).toThrowError(
      expect.objectContaining({ code: 'BAD_ARGUMENT' }),
    )
    expect(tables.state.tables.size).toBe(0)
  })
})

describe('unmapping', () => {
  test('with four levels the PUD table stays; with five it goes and the P4D table stays', () => {
    const four = fakeTables(FOUR_LEVELS)
    map(four, 4 * GIB, 128 * MIB)
    const freed = unmap(four, { offset: 4 * GIB, sizeBytes: 128 * MIB })
    expect(freed.tables).toEqual([{ level: 'PMD', count: 1 }])
    expect(four.frames.count('table')).toBe(1)
    const five = fakeTables(FIVE_LEVELS)
    map(five, 4 * GIB, 128 * MIB)
    expect(unmap(five, { offset: 4 * GIB, sizeBytes: 128 * MIB }).tables).toEqual([
      { level: 'PUD', count: 1 },
      { level: 'PMD', count: 1 },
    ])
    expect(five.frames.count('table')).toBe(1)
  })

  test('where no table stays, all go', () => {
    const tables = fakeTables(RADIX)
    map(tables, 4 * GIB, 256 * MIB)
    expect(unmap(tables, { offset: 4 * GIB, sizeBytes: 256 * MIB }).tables).toHaveLength(2)
    expect(tables.frames.out.size).toBe(0)
  })

  test('empty tables stay when they are to stay, and are used again', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, 4 * GIB, 128 * MIB)
    const range = { offset: 4 * GIB, sizeBytes: 128 * MIB }
    expect(unmap(tables, range, { emptyTables: 'keep' }).tables).toEqual([])
    expect(tables.frames.count('table')).toBe(2)
    checkTables(tables, { emptyTables: 'keep' })
    expect(() => checkTables(tables, { emptyTables: 'free' })).toThrowError(/empty PMD table/)
    expect(map(tables, 4 * GIB, GIB).leaves).toEqual([{ leafBytes: 2 * MIB, count: 512 }])
  })

  test('a large leaf of which only part goes is kept whole and reported', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, 4 * GIB, GIB)
    const kept = unmap(tables, { offset: 4 * GIB + 128 * MIB, sizeBytes: 128 * MIB })
    expect(kept).toMatchObject({
      leaves: [],
      left: [{ offset: 4 * GIB, leafBytes: GIB, reason: 'partial' }],
    })
    expect(sizesIn(tables, 8 * GIB)).toEqual([[GIB, 1]])
  })

  test('or it is split, as far down as it takes', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, 4 * GIB, GIB)
    const range = { offset: 4 * GIB + 128 * MIB, sizeBytes: 2 * MIB + 4096 }
    const split = unmap(tables, range, { partialLeaf: 'split' })
    expect(split).toMatchObject({
      splits: [
        { leafBytes: GIB, smallerLeafBytes: 2 * MIB, count: 1 },
        { leafBytes: 2 * MIB, smallerLeafBytes: 4096, count: 1 },
      ],
      leaves: [
        { leafBytes: 2 * MIB, count: 1 },
        { leafBytes: 4096, count: 1 },
      ],
      left: [],
    })
    expect(sizesIn(tables, 8 * GIB)).toEqual([
      [2 * MIB, 64],
      [4096, 511],
      [2 * MIB, 446],
    ])
  })

  test('a leaf that cannot be split for want of a page stays mapped and is reported', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, 4 * GIB, GIB)
    tables.frames.remaining = 0
    const range = { offset: 4 * GIB, sizeBytes: 128 * MIB }
    expect(unmap(tables, range, { partialLeaf: 'split' })).toMatchObject({
      splits: [],
      left: [{ offset: 4 * GIB, reason: 'no-memory-to-split' }],
    })
    expect(tables.state.directMapBytes.get(GIB)).toBe(GIB)
  })

  test('base pages below the permanent limit stay and end the work on their table', () => {
    const tables = fakeTables(FOUR_LEVELS)
    map(tables, GIB - 8192, 16384)
    const range = { offset: GIB - 8192, sizeBytes: 16384 }
    const unmapped = unmap(tables, range, { permanentBelow: GIB })
    expect(unmapped).toMatchObject({
      leaves: [{ leafBytes: 4096, count: 2 }],
      left: [{ offset: GIB - 8192, leafBytes: 4096, reason: 'permanent' }],
    })
    expect(sizesIn(tables, 2 * GIB)).toEqual([[4096, 2]])
  })

  test('processors are told after each table of base pages and at the end, or once for the range', () => {
    const all = fakeTables(FOUR_LEVELS)
    map(all, 2 * MIB - 4096, 4 * MIB)
    unmap(all, { offset: 2 * MIB - 4096, sizeBytes: 4 * MIB })
    expect(all.state.flushes).toEqual({ all: 3, ranges: 0 })
    const range = fakeTables(RADIX)
    map(range, 2 * MIB - 65536, 4 * MIB)
    unmap(range, { offset: 2 * MIB - 65536, sizeBytes: 4 * MIB })
    expect(range.state.flushes).toEqual({ all: 0, ranges: 1 })
  })
})

describe('leaf stretches', () => {
  const sizes = [GIB, 2 * MIB, 4096]

  test('cover a range from boundary to boundary', () => {
    expect(leafExtents({ start: 0x10_8000_000, end: 0x14_8000_000 }, sizes)).toEqual([
      { start: 0x10_8000_000, end: 0x14_8000_000, leafBytes: 2 * MIB },
    ])
    expect(leafExtents({ start: GIB - 4096, end: 2 * GIB + 4096 }, sizes)).toEqual([
      { start: GIB - 4096, end: GIB, leafBytes: 4096 },
      { start: GIB, end: 2 * GIB, leafBytes: GIB },
      { start: 2 * GIB, end: 2 * GIB + 4096, leafBytes: 4096 },
    ])
  })

  test('are broken, lowest first, where the counters have fewer large leaves', () => {
    const natural = leafExtents({ start: 0, end: 3 * GIB }, sizes)
    const counters = new Map([
      [GIB, 2 * GIB],
      [2 * MIB, GIB - 4 * MIB],
    ])
    expect(withinCounters(natural, { sizes, counters })).toEqual([
      { start: 0, end: 4 * MIB, leafBytes: 4096 },
      { start: 4 * MIB, end: GIB, leafBytes: 2 * MIB },
      { start: GIB, end: 3 * GIB, leafBytes: GIB },
    ])
    expect(withinCounters(natural, { sizes, counters: undefined })).toEqual(natural)
  })
})

import { describe, expect, test } from 'vitest'
import { nodeId, type Pfn, pfn } from '../../src/address/brand'
import { GIB, MIB } from '../../src/address/units'
import { changedTables, changedWords } from '../../src/mapping/changed-tables'
import { leafRuns, levelCounts, translateIn } from '../../src/mapping/leaf-list'
import { mapInto, mapReversibly } from '../../src/mapping/map-range'
import { NO_CHANGE } from '../../src/mapping/mapping-change'
import { checkTables } from '../../src/mapping/mapping-check'
import { readEntry, readTable, rootPlace, writeTable } from '../../src/mapping/page-tables'
import type { MapRequest, UnmapRequest } from '../../src/mapping/requests'
import { entryIndex, isBootFrame, regionNamed, regionsIn } from '../../src/mapping/table-shape'
import { findLeaf } from '../../src/mapping/table-walk'
import { unmapFrom } from '../../src/mapping/unmap-range'
import { freeVmemmapIn } from '../../src/mapping/vmemmap-free'
import { populateIn } from '../../src/mapping/vmemmap-populate'
import type { MappingState } from '../../src/model/mapping-state'
import { type FakeTables, fakeTables } from './fake-frames'
import { FOUR_LEVELS, GEOMETRIES } from './geometries'

const NODE = nodeId(0)
const SIZES = [GIB, 2 * MIB, 4096]

/** The state, with tables that are as boot made them left out, as they were if none was written down. */
const stateOf = ({ shape, state }: FakeTables): MappingState => ({
  ...structuredClone(state),
  tables: new Map(changedWords({ shape, state })),
})

const changed = (tables: FakeTables): readonly number[] =>
  Array.from(changedTables(tables), ({ pfn: at }) => at)

/** Boot memory: 2 GiB below 4 GiB, and 3 GiB from there, each by leaves of 1 GiB; its memmap by leaves of 2 MiB. */
function booted(): FakeTables {
  const tables = fakeTables(FOUR_LEVELS)
  const { state, shape } = tables
  const direct = [
    { offset: 0, sizeBytes: 2 * GIB, address: 0, leafBytes: GIB },
    { offset: 4 * GIB, sizeBytes: 3 * GIB, address: 4 * GIB, leafBytes: GIB },
  ]
  const vmemmap = direct.map(({ offset, sizeBytes }) => ({
    offset: offset / 64,
    sizeBytes: sizeBytes / 64,
    address: shape.geometry.bootFrameBase + offset / 64,
    leafBytes: 2 * MIB,
  }))
  state.boot = { direct, vmemmap, unplacedDirectBytes: new Map() }
  state.directMapBytes.set(GIB, 5 * GIB)
  return tables
}

const direct = (offset: number, sizeBytes: number): MapRequest => ({
  region: 'direct',
  offset,
  sizeBytes,
  leafSizes: SIZES,
  backing: { kind: 'linear', address: offset },
  nodeId: NODE,
})

const away = (offset: number, sizeBytes: number): UnmapRequest => ({
  region: 'direct',
  offset,
  sizeBytes,
  frames: 'keep',
  partialLeaf: 'split',
  emptyTables: 'free',
  nodeId: NODE,
})

const section = (nr: number): { start: Pfn; end: Pfn } => ({
  start: pfn(nr * 32768),
  end: pfn((nr + 1) * 32768),
})

describe('boot tables', () => {
  test.each(Object.entries(GEOMETRIES))(
    'of %s have the same entry by itself as among all',
    (_, arch) => {
      const tables = fakeTables(arch)
      for (const region of regionsIn(tables.shape)) {
        const place = rootPlace(tables, region, 0)
        const words = readTable(tables, place)
        const spans = [0, 1, 2, 3].map((entry) => entry * place.level.spanBytes)
        for (const offset of spans.filter((each) => each < region.limitBytes)) {
          const at = rootPlace(tables, region, offset)
          const index = 2 * entryIndex(region, at.level, offset)
          expect(readEntry(tables, at)).toEqual({ low: words[index], high: words[index + 1] })
        }
      }
    },
  )

  test('are read without being stored', () => {
    const tables = booted()
    const region = regionNamed(tables.shape, 'direct')
    const vmemmap = regionNamed(tables.shape, 'vmemmap')
    expect(translateIn(tables, region.base + BigInt(5 * GIB + 4097))).toEqual({
      region: 'direct',
      physicalAddress: 5 * GIB + 4097,
      leafBytes: GIB,
      level: 'PUD',
      flags: '1L',
    })
    expect(translateIn(tables, region.base + BigInt(3 * GIB))).toBeUndefined()
    expect(translateIn(tables, vmemmap.base + BigInt(MIB))?.physicalAddress).toBe(2 ** 46 + MIB)
    const runs = leafRuns(tables, { region, start: 0, end: region.limitBytes })
    expect(runs.map((run) => run.count)).toEqual([2, 3])
    expect(tables.state.tables.size).toBe(0)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('an entry of a boot table reads the same alone and in its table', () => {
    const tables = booted()
    const region = regionNamed(tables.shape, 'vmemmap')
    for (let offset = 0; offset < 128 * MIB; offset += 2 * MIB) {
      const leaf = findLeaf(tables, region, offset)
      const [run] = leafRuns(tables, { region, start: offset, end: offset + 4096 })
      expect(leaf === undefined).toBe(run === undefined)
    }
    writeTable(tables, rootPlace(tables, region, 0))
    expect(readTable(tables, rootPlace(tables, region, 0))).toHaveLength(1024)
  })

  test('a range that is added and removed beside boot memory leaves no table changed', () => {
    const tables = booted()
    const before = stateOf(tables)
    mapInto(tables, direct(7 * GIB, GIB + 128 * MIB))
    for (const nr of [56, 57]) {
      populateIn(tables, { pages: section(nr), nodeId: NODE, neverUsed: 'marked' })
    }
    checkTables(tables, { emptyTables: 'free' })
    for (const nr of [56, 57]) {
      freeVmemmapIn(tables, { pages: section(nr), nodeId: NODE, emptyTables: 'free' })
      // What the direct map changed must stay linked while the vmemmap is as at boot again.
      checkTables(tables, { emptyTables: 'free' })
    }
    unmapFrom(tables, away(7 * GIB, GIB + 128 * MIB))
    expect({ ...stateOf(tables), flushes: before.flushes }).toEqual(before)
    expect(tables.frames.out.size).toBe(0)
  })

  test('mapping what boot mapped changes nothing', () => {
    const tables = booted()
    expect(mapInto(tables, direct(4 * GIB, 2 * GIB))).toEqual({ ...NO_CHANGE, keptLeaves: 2 })
    expect(changed(tables)).toEqual([])
  })

  test('a boot table that a mapping leads through without changing it is as it was', () => {
    const tables = fakeTables(FOUR_LEVELS)
    const last = { offset: GIB - 2 * MIB, sizeBytes: 2 * MIB, address: GIB - 2 * MIB }
    tables.state.boot = { ...tables.state.boot, direct: [{ ...last, leafBytes: 2 * MIB }] }
    tables.state.directMapBytes.set(2 * MIB, 2 * MIB)
    mapInto(tables, direct(last.offset, 4 * MIB))
    const levels = levelCounts(tables, {
      region: regionNamed(tables.shape, 'direct'),
      start: 0,
      end: 2 * GIB,
    })
    expect(levels.map((level) => level.tables)).toEqual([1, 1, 2, 0])
    const ofBoot = changed(tables).filter((at) => isBootFrame(tables.shape, at))
    expect(ofBoot).toHaveLength(1)
  })

  test('the frames of boot tables do not depend on what is touched first', () => {
    const places = [7 * GIB, 600 * GIB, 2 * GIB]
    const framesAfter = (order: readonly number[]): unknown => {
      const tables = booted()
      for (const at of order) mapInto(tables, direct(at, 2 * MIB))
      return changed(tables)
        .filter((frame) => isBootFrame(tables.shape, frame))
        .sort((a, b) => a - b)
    }
    expect(framesAfter(places.toReversed())).toEqual(framesAfter(places))
  })

  test('a mapping that is taken back leaves no trace, not even tables that stay', () => {
    const tables = booted()
    const before = stateOf(tables)
    const mapping = mapReversibly(tables, direct(600 * GIB - MIB, 3 * GIB))
    expect(mapping.mapped.tables.map((count) => count.level)).toEqual(['PUD', 'PMD', 'PTE'])
    mapping.undo()
    expect(stateOf(tables)).toEqual(before)
    expect(tables.frames.out.size).toBe(0)
  })

  test('boot memmap that goes stays reserved: nothing is given to the allocator', () => {
    const tables = booted()
    const freed = freeVmemmapIn(tables, { pages: section(40), nodeId: NODE, emptyTables: 'free' })
    expect(freed).toMatchObject({
      leaves: [{ leafBytes: 2 * MIB, count: 1 }],
      framePages: { allocator: 0, boot: 512, 'self-hosted': 0 },
      left: [],
    })
    expect(tables.frames.freed).toBe(0)
    const region = regionNamed(tables.shape, 'vmemmap')
    expect(findLeaf(tables, region, 40 * 2 * MIB)).toBeUndefined()
    expect(findLeaf(tables, region, 41 * 2 * MIB)).toBeDefined()
  })

  test('a boot table that becomes empty is freed and counted, and its page goes nowhere', () => {
    const tables = booted()
    for (let nr = 32; nr < 56; nr++) {
      freeVmemmapIn(tables, { pages: section(nr), nodeId: NODE, emptyTables: 'free' })
    }
    // The PMD table of the memmap still holds the sections below 2 GiB.
    let tablesFreed = 0
    for (let nr = 0; nr < 16; nr++) {
      const freed = freeVmemmapIn(tables, { pages: section(nr), nodeId: NODE, emptyTables: 'free' })
      tablesFreed += freed.tables.reduce((sum, table) => sum + table.count, 0)
    }
    expect(tablesFreed).toBe(1)
    expect(tables.frames.freed).toBe(0)
    const region = regionNamed(tables.shape, 'vmemmap')
    const counts = levelCounts(tables, { region, start: 0, end: region.limitBytes })
    expect(counts.map((level) => level.tables)).toEqual([1, 1, 0, 0])
    checkTables(tables, { emptyTables: 'free' })
  })

  test('a boot leaf is split when part of its memory goes', () => {
    const tables = booted()
    const unmapped = unmapFrom(tables, away(6 * GIB + 128 * MIB, 128 * MIB))
    expect(unmapped).toMatchObject({
      splits: [{ leafBytes: GIB, smallerLeafBytes: 2 * MIB, count: 1 }],
      tablePages: -1,
      leaves: [{ leafBytes: 2 * MIB, count: 64 }],
      left: [],
    })
    expect(tables.state.directMapBytes.get(GIB)).toBe(4 * GIB)
    expect(tables.state.directMapBytes.get(2 * MIB)).toBe(GIB - 128 * MIB)
    checkTables(tables, { emptyTables: 'free' })
  })

  test('an unmapped part of a boot leaf that comes back is as it was, by smaller leaves', () => {
    const tables = booted()
    unmapFrom(tables, away(6 * GIB, 128 * MIB))
    mapInto(tables, direct(6 * GIB, 128 * MIB))
    const region = regionNamed(tables.shape, 'direct')
    const [run] = leafRuns(tables, { region, start: 6 * GIB, end: 7 * GIB })
    expect(run).toMatchObject({ leafBytes: 2 * MIB, count: 512 })
    checkTables(tables, { emptyTables: 'free' })
  })
})

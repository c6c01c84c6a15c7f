import { describe, expect, test } from 'vitest'
import { nodeId, sectionNr } from '../address/brand'
import { isolateRange } from '../isolation/isolate'
import { undoIsolation } from '../isolation/online-range'
import { MIGRATE_TYPE, MIGRATE_TYPES } from '../model/page'
import { countPages, noPages } from '../page-check/page-count'
import {
  bringOnline,
  hotAdd,
  sectionRange,
  tinyMachine,
  wideMachine,
} from '../page-check/testing/tiny-machine'
import { allocateTracked } from '../page-use/tracked-allocation'
import { zoneOf } from '../zone/zone-table'
import { freeCounts, pageblockCounts } from './free-counts'

const SECTIONS_OF_64_TIB = 2 ** 19

describe('counting', () => {
  test('passes over 64 TiB of untouched memory without materialising it', () => {
    const machine = wideMachine(SECTIONS_OF_64_TIB)
    const zone = zoneOf(machine, '0/Normal')
    const all = sectionRange(machine, 0, SECTIONS_OF_64_TIB)
    const free = SECTIONS_OF_64_TIB * 32_768
    expect(countPages(machine, all)).toEqual({ ...noPages(), free })
    expect(freeCounts(machine, zone)[10 * MIGRATE_TYPES + 1]).toBe(free / 1024)
    expect(pageblockCounts(machine, zone)).toEqual([0, free / 512, 0, 0, 0, 0])
    expect(machine.state.memory.sections.separated.size).toBe(0)
  })

  test('of 64 TiB counts the few sections that are in use', () => {
    const machine = wideMachine(SECTIONS_OF_64_TIB)
    const zone = zoneOf(machine, '0/Normal')
    allocateTracked(machine, { name: 'f', kind: 'file', pageCount: 40_000, nodeId: nodeId(0) })
    const middle = sectionRange(machine, 2 ** 18)
    isolateRange(machine, { zone, range: middle })
    const all = sectionRange(machine, 0, SECTIONS_OF_64_TIB)
    expect(countPages(machine, all)).toMatchObject({ lru: 40_000 })
    expect(pageblockCounts(machine, zone)[MIGRATE_TYPE.isolate]).toBe(64)
    expect(machine.state.memory.sections.separated.size).toBe(3)
    undoIsolation(machine, { zone, range: middle })
    expect(zone.free.untouchedRuns).toHaveLength(3)
  })

  test('names every kind, and counts parts of sections', () => {
    const use = {
      reserved: 3,
      unmovable: 5,
      pinned: 2,
      withheld: 1,
      hugetlb: 64,
      hugetlbFree: 128,
      poisoned: 4,
      movable: 7,
    }
    const machine = tinyMachine({ 2: use })
    const expected = {
      ...noPages(),
      reserved: 3,
      slab: 5,
      lru: 9,
      pinned: 2,
      withheld: 1,
      hugetlb: 64,
      hugetlbFree: 128,
      poisoned: 4,
      offline: 4,
      free: 1024 - 3 - 5 - 9 - 1 - 192 - 4,
    }
    expect(countPages(machine, sectionRange(machine, 2))).toEqual(expected)
    const { start } = sectionRange(machine, 2)
    const half = (from: number, to: number) =>
      countPages(machine, {
        start: (start + from) as typeof start,
        end: (start + to) as typeof start,
      })
    for (const cut of [1, 4, 70, 100, 1000]) {
      const both = [half(0, cut), half(cut, 1024)]
      expect((both[0]?.hugetlb ?? 0) + (both[1]?.hugetlb ?? 0)).toBe(64)
      expect((both[0]?.free ?? 0) + (both[1]?.free ?? 0)).toBe(expected.free)
    }
    expect(half(5, 5)).toEqual(noPages())
  })

  test('does not count absent memory, and counts offline memory as such', () => {
    const machine = tinyMachine()
    hotAdd(machine, sectionRange(machine, 8), 0)
    expect(countPages(machine, sectionRange(machine, 8, 4))).toEqual({
      ...noPages(),
      offline: 1024,
    })
  })

  test('gives the memmap that a block holds itself to the unmovable pageblocks', () => {
    const machine = tinyMachine()
    const zone = zoneOf(machine, '1/Movable')
    const range = sectionRange(machine, 8)
    hotAdd(machine, range, 1)
    bringOnline(machine, { zone, range, selfHostedPages: 64 })
    expect(pageblockCounts(machine, zone)).toEqual([1, 15, 0, 0, 0, 0])
    expect(freeCounts(machine, zone)[7 * MIGRATE_TYPES + 1]).toBe(7)
    expect(freeCounts(machine, zone)[6 * MIGRATE_TYPES + 1]).toBe(1)
    isolateRange(machine, { zone, range })
    expect(freeCounts(machine, zone)[7 * MIGRATE_TYPES + 4]).toBe(7)
    expect(freeCounts(machine, zone)[6 * MIGRATE_TYPES + 4]).toBe(1)
    expect(machine.state.memory.sections.separated.get(sectionNr(8))?.pages).toBeNull()
  })
})

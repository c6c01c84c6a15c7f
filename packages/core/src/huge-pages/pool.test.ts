import { describe, expect, test } from 'vitest'
import { nodeId, sectionNr } from '../address/brand'
import { isolateRange } from '../isolation/isolate'
import { migrateRange, scanMovable } from '../isolation/migrate'
import { rangeIsIsolated } from '../isolation/online-range'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { bringOnline, hotAdd, sectionRange, tinyMachine } from '../page-check/testing/tiny-machine'
import { ownedColumns } from '../section-pages/columns'
import { findHugePool } from '../section-pages/huge-pool'
import { materialise } from '../section-pages/materialise'
import { zoneOf } from '../zone/zone-table'
import {
  dissolveFreeHugePages,
  releaseHugePages,
  reserveHugePages,
  shrinkHugePool,
  useHugePages,
} from './pool'

const one = { nodeId: nodeId(1), order: 6, count: 1 }

/** A machine with one hot-added section in Movable of node 1, where huge pages of that node go first. */
function device() {
  const machine = tinyMachine()
  const range = sectionRange(machine, 8)
  const zone = zoneOf(machine, '1/Movable')
  hotAdd(machine, range, 1)
  bringOnline(machine, { zone, range })
  return { machine, range, zone }
}

describe('huge pages', () => {
  test('are reserved, used, released and given back', () => {
    const { machine } = device()
    const pool = reserveHugePages(machine, { ...one, count: 4 })
    expect(pool.free.size).toBe(4)
    expect(useHugePages(machine, { ...one, count: 3 })).toEqual([8192, 8256, 8320])
    checkPages(machine)
    releaseHugePages(machine, { ...one, count: 2 })
    expect([pool.free.size, pool.used.size]).toEqual([3, 1])
    pool.reserved = 1
    expect(() => shrinkHugePool(machine, { ...one, count: 3 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    shrinkHugePool(machine, { ...one, count: 2 })
    expect([pool.free.size, pool.used.size]).toEqual([1, 1])
    checkPages(machine)
  })

  test('are reserved all or not at all', () => {
    const { machine, zone } = device()
    const before = zone.free.freePages
    expect(() => reserveHugePages(machine, { ...one, count: 1000 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    expect(zone.free.freePages).toBe(before)
    checkPages(machine)
    expect(() => useHugePages(machine, one)).toThrow('0 of 1')
    expect(() => releaseHugePages(machine, one)).toThrow('0 of 1')
  })

  test('in use move into a free huge page of another node, and leave one behind', () => {
    const { machine, range, zone } = device()
    reserveHugePages(machine, one)
    const [head = 0] = useHugePages(machine, one)
    ownedColumns(materialise(machine, sectionNr(8)).pages).data[(head % 1024) + 5] = 77
    reserveHugePages(machine, { ...one, nodeId: nodeId(0) })
    isolateRange(machine, { zone, range })
    expect(scanMovable(machine, { range, from: range.start })).toEqual({ kind: 'found', pfn: head })
    expect(migrateRange(machine, { zone, range }).migrated).toBe(64)
    const [target = 0] = findHugePool(machine, { nodeId: nodeId(0), order: 6 })?.used ?? []
    const moved = materialise(machine, sectionNr(Math.floor(target / 1024)))
    expect(moved.pages.owned?.data[(target % 1024) + 5]).toBe(77)
    expect([...(findHugePool(machine, one)?.free ?? [])]).toEqual([head])
    checkPages(machine)
    expect(rangeIsIsolated(machine, range)).toBe(false)
    dissolveFreeHugePages(machine, range)
    expect(rangeIsIsolated(machine, range)).toBe(true)
    checkPages(machine)
  })

  test('in use move into fresh memory where no pool has one, and leave nothing behind', () => {
    const { machine, range, zone } = device()
    reserveHugePages(machine, one)
    useHugePages(machine, one)
    isolateRange(machine, { zone, range })
    migrateRange(machine, { zone, range })
    expect(findHugePool(machine, one)?.free.size).toBe(0)
    expect(findHugePool(machine, { ...one, nodeId: nodeId(0) })?.used.size).toBe(1)
    expect(rangeIsIsolated(machine, range)).toBe(true)
    checkPages(machine)
  })

  test('do not move into a free one of the range that has to go', () => {
    const { machine, range, zone } = device()
    reserveHugePages(machine, { ...one, count: 2 })
    useHugePages(machine, one)
    const other = machine.state.memory.nodes.get(nodeId(0))
    if (other !== undefined) other.hasMemory = false
    isolateRange(machine, { zone, range })
    migrateRange(machine, { zone, range })
    const [target = 0] = findHugePool(machine, one)?.used ?? []
    expect(target).toBeLessThan(range.start)
    checkPages(machine)
  })

  test('that are free and promised do not dissolve', () => {
    const { machine, range } = device()
    const pool = reserveHugePages(machine, { ...one, count: 2 })
    pool.reserved = 1
    expect(() => dissolveFreeHugePages(machine, range)).toThrow(
      expect.objectContaining({
        code: 'DISSOLVE_FAILED',
        errno: 'EBUSY',
        detail: expect.objectContaining({ pfn: 8256 }),
      }),
    )
    expect(pool.free.size).toBe(1)
    checkPages(machine)
  })

  test('that another node has free may be promised in their place', () => {
    const { machine, range } = device()
    const pool = reserveHugePages(machine, one)
    pool.reserved = 1
    reserveHugePages(machine, { ...one, nodeId: nodeId(0) })
    dissolveFreeHugePages(machine, range)
    expect(countPages(machine, range).free).toBe(1024)
  })
})

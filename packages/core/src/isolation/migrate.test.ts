import { describe, expect, test } from 'vitest'
import { nodeId, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import type { Machine } from '../model/machine'
import type { TrackedAllocation } from '../model/page'
import type { Zone } from '../model/zone'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { bringOnline, hotAdd, sectionRange, tinyMachine } from '../page-check/testing/tiny-machine'
import { pinPage } from '../page-use/pin'
import { poisonPage } from '../page-use/poison'
import {
  allocateTracked,
  releaseAllocation,
  verifyAllocation,
} from '../page-use/tracked-allocation'
import { zoneOfPfn } from '../section/section-table'
import { zoneOf } from '../zone/zone-table'
import { isolateRange } from './isolate'
import { migrateRange, migrationTargets, scanMovable } from './migrate'
import { rangeIsIsolated } from './online-range'

interface Device {
  readonly machine: Machine
  readonly zone: Zone
  readonly range: PfnRange
}

/** A machine with two hot-added sections in Movable of node 1. */
function device(): Device {
  const machine = tinyMachine()
  const range = sectionRange(machine, 8, 2)
  const zone = zoneOf(machine, '1/Movable')
  hotAdd(machine, range, 1)
  bringOnline(machine, { zone, range })
  return { machine, zone, range }
}

const fill = ({ machine }: Device, pageCount: number): TrackedAllocation =>
  allocateTracked(machine, { name: 'file', kind: 'file', pageCount, nodeId: nodeId(1) })

describe('migration', () => {
  test('moves content, owner and index to another node', () => {
    const where = device()
    const { machine, range } = where
    const owner = fill(where, 1500)
    isolateRange(machine, where)
    expect(migrateRange(machine, where)).toEqual({
      migrated: 1500,
      failed: [],
      failedCount: 0,
      mayMoveLater: false,
    })
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    const zones = new Set([...owner.pages].map((page) => zoneOfPfn(machine, pfn(page))))
    expect([...zones]).toEqual(['0/Normal'])
    expect(rangeIsIsolated(machine, range)).toBe(true)
    expect(countPages(machine, range).free).toBe(2048)
    checkPages(machine)
  })

  test('tells observers where each page went', () => {
    const where = device()
    const { machine } = where
    const owners = Array.from({ length: 9 }, (_, i) => fill(where, 1 + (i % 4) * 90))
    for (const { id } of owners.filter((_, i) => i % 3 === 1)) releaseAllocation(machine, id)
    const kept = [...machine.state.memory.allocations.values()]
    const before = kept.map(({ pages }) => [...pages])
    const wentTo = new Map<number, number>()
    machine.observe((event) => {
      if (event.kind !== 'pages-moved') return
      for (let i = 0; i < event.pageCount; i++) wentTo.set(event.from + i, event.to + i)
    })
    isolateRange(machine, where)
    const { migrated } = migrateRange(machine, where)
    expect(wentTo.size).toBe(migrated)
    expect(before.map((pages) => pages.map((page) => wentTo.get(page) ?? page))).toEqual(
      kept.map(({ pages }) => [...pages]),
    )
  })

  test('moves pages of owners that lie between each other', () => {
    const where = device()
    const { machine } = where
    const owners = Array.from({ length: 40 }, (_, i) => fill(where, 1 + (i % 7) * 9))
    for (const owner of owners.filter((_, i) => i % 3 === 0)) releaseAllocation(machine, owner.id)
    isolateRange(machine, where)
    migrateRange(machine, where)
    for (const owner of owners.filter((_, i) => i % 3 !== 0)) {
      expect(verifyAllocation(machine, owner.id)).toBe(0)
    }
    checkPages(machine)
  })

  test('leaves pinned pages, says so, and finds them again', () => {
    const where = device()
    const { machine, range } = where
    const owner = fill(where, 100)
    const pinned = pfn(owner.pages[50] ?? -1)
    pinPage(machine, pinned)
    isolateRange(machine, where)
    expect(migrateRange(machine, where)).toEqual({
      migrated: 99,
      failed: [{ pfn: pinned, reason: 'pinned' }],
      failedCount: 1,
      mayMoveLater: false,
    })
    expect(scanMovable(machine, { range, from: range.start })).toEqual({
      kind: 'found',
      pfn: pinned,
    })
    expect(scanMovable(machine, { range, from: pinned + 1 })).toEqual({ kind: 'none' })
    expect(verifyAllocation(machine, owner.id)).toBe(0)
  })

  test('stops where memory ends, though the source node has room', () => {
    const where = device()
    const { machine } = where
    const owner = fill(where, 200)
    const hog = { name: 'hog', kind: 'anonymous', nodeId: nodeId(0), policy: 'bind' } as const
    allocateTracked(machine, { ...hog, pageCount: 4096 - 30 })
    isolateRange(machine, where)
    const result = migrateRange(machine, where)
    expect(result).toMatchObject({ migrated: 30, failedCount: 170 })
    expect(result.failed).toHaveLength(16)
    expect(result.failed[0]).toEqual({ pfn: owner.pages[30], reason: 'no-memory' })
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    checkPages(machine)
  })

  test('uses the source node only where no other node has memory', () => {
    const where = device()
    const { machine } = where
    const other = machine.state.memory.nodes.get(nodeId(0))
    expect(migrationTargets(machine, nodeId(1))).toEqual([0])
    if (other !== undefined) other.hasMemory = false
    expect(migrationTargets(machine, nodeId(1))).toEqual([1])
    const owner = fill(where, 100)
    isolateRange(machine, where)
    expect(migrateRange(machine, where).migrated).toBe(100)
    expect(zoneOfPfn(machine, pfn(owner.pages[0] ?? -1))).toBe('1/Normal')
  })

  test('moves the background of a boot section, of which nothing but its amount is known', () => {
    const machine = tinyMachine({ 4: { movable: 300 } })
    const where = { zone: zoneOf(machine, '1/Normal'), range: sectionRange(machine, 4) }
    isolateRange(machine, where)
    expect(migrateRange(machine, where).migrated).toBe(300)
    expect(countPages(machine, sectionRange(machine, 0, 4)).lru).toBe(300)
    checkPages(machine)
  })

  test('passes poisoned pages and kernel memory by', () => {
    const where = device()
    const { machine, range } = where
    const owner = fill(where, 10)
    poisonPage(machine, owner.pages[3] ?? -1)
    isolateRange(machine, where)
    expect(migrateRange(machine, where).migrated).toBe(9)
    expect(scanMovable(machine, { range, from: range.start })).toEqual({ kind: 'none' })
    expect(rangeIsIsolated(machine, range)).toBe(true)
    expect(verifyAllocation(machine, owner.id)).toBe(1)
  })

  test('finds a withheld page that is referred to, and calls it unmovable', () => {
    const machine = tinyMachine({ 4: { withheld: 3, movable: 2 } })
    const range = sectionRange(machine, 4)
    expect(scanMovable(machine, { range, from: 0 })).toEqual({ kind: 'found', pfn: 4099 })
    pinPage(machine, pfn(4097))
    expect(scanMovable(machine, { range, from: 0 })).toEqual({ kind: 'unmovable', pfn: 4097 })
  })
})

import { describe, expect, test } from 'vitest'
import { nodeId, type Pfn, pfn, sectionNr } from '../address/brand'
import { isolateRange } from '../isolation/isolate'
import { rangeIsIsolated } from '../isolation/online-range'
import type { Machine } from '../model/machine'
import type { PageKindName } from '../model/page'
import { checkPages } from '../page-check/check'
import {
  bringOnline,
  hotAdd,
  sectionRange,
  tinyMachine,
  wideMachine,
} from '../page-check/testing/tiny-machine'
import { placeUnmovablePage, removeUnmovablePage } from '../page-use/unmovable'
import { writableSection, zoneOfPfn } from '../section/section-table'
import { freeList, listSize } from '../section-pages/free-list'
import { zoneOf } from '../zone/zone-table'
import { allocatePages, freePages } from './allocate'
import { drainPerCpu, PER_CPU_BATCH } from './per-cpu'
import type { Mobility } from './zonelist'

interface Asked {
  readonly order?: number
  readonly node?: number
  readonly mobility?: Mobility
  readonly kind?: PageKindName
  readonly only?: number
}

function take(machine: Machine, asked: Asked = {}): Pfn | null {
  const { order = 0, node = 0, mobility = 'movable', kind = 'slab', only } = asked
  const nodes = only === undefined ? {} : { nodes: [nodeId(only)] }
  return allocatePages(machine, { order, nodeId: nodeId(node), mobility, kind, ...nodes })
}

const zonesInOrder = (machine: Machine, asked: Asked): string[] => {
  const zones: string[] = []
  for (let page = take(machine, asked); page !== null; page = take(machine, asked)) {
    const zone = zoneOfPfn(machine, page) ?? 'none'
    if (zones.at(-1) !== zone) zones.push(zone)
  }
  return zones
}

function withMovable(): Machine {
  const machine = tinyMachine()
  const range = sectionRange(machine, 8)
  hotAdd(machine, range, 1)
  bringOnline(machine, { zone: zoneOf(machine, '1/Movable'), range })
  return machine
}

describe('allocation', () => {
  test('goes through the highest zones of the nearest node first', () => {
    const asked = { order: 7, node: 1 }
    expect(zonesInOrder(withMovable(), asked)).toEqual([
      '1/Movable',
      '1/Normal',
      '0/Normal',
      '0/DMA32',
    ])
  })

  test('never takes unmovable memory from Movable', () => {
    const asked: Asked = { order: 7, node: 1, mobility: 'unmovable' }
    expect(zonesInOrder(withMovable(), asked)).toEqual(['1/Normal', '0/Normal', '0/DMA32'])
  })

  test('keeps to the nodes that it is told', () => {
    expect(zonesInOrder(withMovable(), { order: 5, node: 0, only: 1 })).toEqual([
      '1/Movable',
      '1/Normal',
    ])
  })

  test('materialises one section of an untouched run, and uses it up before the next', () => {
    const machine = wideMachine(1000)
    take(machine)
    expect(machine.state.memory.sections.separated.size).toBe(1)
    for (let i = 0; i < 31; i++) take(machine, { order: 10 })
    expect(machine.state.memory.sections.separated.size).toBe(1)
    take(machine, { order: 10 })
    expect(machine.state.memory.sections.separated.size).toBe(2)
    checkPages(machine)
  })

  test('prefers a captured section to an untouched one, and the smallest chunk that is large enough', () => {
    const machine = tinyMachine({ 3: { movable: 1000 } })
    const zone = zoneOf(machine, '0/Normal')
    // Section 1 is captured too, and lies below.
    expect(take(machine)).toBe(1568)
    expect(zone.free.untouchedRuns).toEqual([{ start: 2048, end: 3072 }])
    expect(take(machine)).toBe(1569)
    expect(take(machine, { order: 2 })).toBe(1572)
    expect(take(machine)).toBe(1570)
  })

  test('turns the pageblocks of a large movable chunk unmovable for kernel memory', () => {
    const machine = wideMachine(1)
    expect(take(machine, { mobility: 'unmovable' })).toBe(0)
    const { pageblocks } = writableSection(machine, sectionNr(0))
    expect([...(pageblocks ?? [])].slice(0, 4)).toEqual([0, 0, 1, 1])
    // Movable memory then comes from elsewhere, kernel memory from there.
    expect(take(machine)).toBe(1024)
    expect(take(machine, { mobility: 'unmovable' })).toBe(1)
    checkPages(machine)
  })

  test('takes a single page from a movable pageblock that is mostly in use, and leaves its type', () => {
    const machine = tinyMachine({ 4: { movable: 1000 }, 5: { movable: 1000 }, 6: { movable: 500 } })
    const page = take(machine, { node: 1, only: 1, mobility: 'unmovable' })
    expect(page).not.toBeNull()
    const { pageblocks } = writableSection(machine, sectionNr(4))
    expect([...(pageblocks ?? [])]).not.toContain(0)
    checkPages(machine)
  })

  test('leaves the type of a pageblock that two zones share', () => {
    const machine = tinyMachine({
      1: { movable: 544 },
      2: { movable: 1024 },
      3: { movable: 1024 },
    })
    const free = zoneOf(machine, '0/Normal').free.freePages
    expect(free).toBe(480)
    // Keeps all but the rest of the shared pageblock busy.
    for (let order = 7; order >= 6; order--) {
      while (zoneOf(machine, '0/Normal').free.freePages >= 2 ** order + 32) {
        take(machine, { order, only: 0 })
      }
    }
    expect(take(machine, { mobility: 'unmovable' })).toBe(1568)
    expect(writableSection(machine, sectionNr(1)).pageblocks?.[8]).toBe(1)
    checkPages(machine)
  })

  test('answers null when nothing of the size is left, and leaves isolated pageblocks alone', () => {
    const machine = wideMachine(2)
    const zone = zoneOf(machine, '0/Normal')
    isolateRange(machine, { zone, range: sectionRange(machine, 0) })
    for (let i = 0; i < 32; i++) expect(take(machine, { order: 10 })).toBeGreaterThanOrEqual(32_768)
    expect(take(machine, { order: 10 })).toBeNull()
    expect(take(machine)).toBeNull()
    expect(zone.free.freePages).toBe(0)
  })

  test('frees merge back into the largest chunk', () => {
    const machine = wideMachine(1)
    const zone = zoneOf(machine, '0/Normal')
    const pages = Array.from({ length: 5 }, () => take(machine, { order: 3 }))
    for (const page of pages) freePages(machine, { pfn: page ?? pfn(0), order: 3 })
    checkPages(machine)
    expect(listSize(freeList(zone, { order: 10, type: 1 }))).toBe(32)
  })

  test('frees do not merge across the boundary of two zones', () => {
    const machine = tinyMachine()
    const below = { start: pfn(1568 - 9), end: pfn(1568) }
    const page = placeUnmovablePage(machine, { range: below }) ?? pfn(0)
    checkPages(machine)
    removeUnmovablePage(machine, page)
    checkPages(machine)
  })

  test('a page cannot be freed twice', () => {
    const machine = wideMachine(1)
    const page = take(machine) ?? pfn(0)
    freePages(machine, { pfn: page, order: 0 })
    expect(() => freePages(machine, { pfn: page, order: 0 })).toThrow('not in use')
    expect(() => freePages(machine, { pfn: pfn(99), order: 0 })).toThrow('not in use')
  })
})

describe('per-CPU lists', () => {
  test('hold single pages that were freed, and give the last one back first', () => {
    const machine = wideMachine(1)
    const zone = zoneOf(machine, '0/Normal')
    const pages = [take(machine), take(machine)]
    const before = zone.free.freePages
    for (const page of pages) freePages(machine, { pfn: page ?? pfn(0), order: 0 })
    expect(zone.free.freePages).toBe(before)
    expect(take(machine)).toBe(pages[1])
    checkPages(machine)
  })

  test('go back to the buddy allocator in a batch when they are too long', () => {
    const machine = wideMachine(1)
    const zone = zoneOf(machine, '0/Normal')
    const pages = Array.from({ length: PER_CPU_BATCH + 1 }, () => take(machine) ?? pfn(0))
    for (const page of pages) freePages(machine, { pfn: page, order: 0 })
    expect(zone.perCpu).toEqual([pages.at(-1)])
    drainPerCpu(machine, zone)
    expect(zone.perCpu).toEqual([])
    expect(zone.free.freePages).toBe(32_768)
    checkPages(machine)
  })

  test('are drained before an allocation gives up', () => {
    const machine = tinyMachine()
    const taken: Pfn[] = []
    for (let page = take(machine, { only: 1 }); page !== null; page = take(machine, { only: 1 })) {
      taken.push(page)
    }
    const pair = taken.filter((page) => page === 4096 || page === 4097)
    for (const page of pair) freePages(machine, { pfn: page, order: 0 })
    expect(take(machine, { only: 1, order: 1 })).toBe(4096)
    checkPages(machine)
  })

  test('are passed by when the pageblock of the page is isolated', () => {
    const machine = wideMachine(1)
    const zone = zoneOf(machine, '0/Normal')
    const page = take(machine, { kind: 'lru' }) ?? pfn(0)
    isolateRange(machine, { zone, range: sectionRange(machine, 0) })
    freePages(machine, { pfn: page, order: 0 })
    expect(zone.perCpu).toEqual([])
    expect(rangeIsIsolated(machine, sectionRange(machine, 0))).toBe(true)
    checkPages(machine)
  })

  test('do not give out a page whose pageblock is isolated', () => {
    const machine = wideMachine(1)
    const zone = zoneOf(machine, '0/Normal')
    const page = take(machine) ?? pfn(0)
    freePages(machine, { pfn: page, order: 0 })
    isolateRange(machine, { zone, range: sectionRange(machine, 0) })
    expect(take(machine)).toBeNull()
    checkPages(machine)
  })
})

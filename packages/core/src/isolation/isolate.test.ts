import { describe, expect, test } from 'vitest'
import { type Pfn, pfn, sectionNr } from '../address/brand'
import { freePages, takeChunk } from '../allocator/allocate'
import { isHotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPES } from '../model/page'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import {
  bringOnline,
  hotAdd,
  sectionRange,
  tinyMachine,
  wideMachine,
} from '../page-check/testing/tiny-machine'
import { poisonPage } from '../page-use/poison'
import { placeUnmovablePage } from '../page-use/unmovable'
import { findSection, writableSection } from '../section/section-table'
import { freeCounts, pageblockCounts } from '../section-pages/free-counts'
import { materialise } from '../section-pages/materialise'
import { zoneOf } from '../zone/zone-table'
import { isolateRange } from './isolate'
import { firstObstacle, listObstacles } from './obstacle'
import { undoIsolation } from './online-range'

const blocks = (first: number, count = 1) => ({
  start: pfn(first * 64),
  end: pfn((first + count) * 64),
})

/** Puts kernel memory on the first page of a pageblock. */
const spoil = (machine: Machine, block: number): Pfn | null =>
  placeUnmovablePage(machine, { range: blocks(block) })

function refusal(act: () => void): unknown {
  try {
    act()
  } catch (error) {
    if (isHotplugError(error)) return { code: error.code, errno: error.errno, ...error.detail }
    throw error
  }
  return undefined
}

describe('isolation', () => {
  test('of wholly free sections materialises nothing, and is undone to one untouched run', () => {
    const machine = wideMachine(16)
    const zone = zoneOf(machine, '0/Normal')
    const range = sectionRange(machine, 4, 8)
    isolateRange(machine, { zone, range })
    expect(zone.isolatedPageblocks).toBe(8 * 64)
    expect(zone.free.freePages).toBe(8 * 32_768)
    expect(findSection(machine, sectionNr(4))).toMatchObject({ summary: 'isolated', pages: null })
    checkPages(machine)
    undoIsolation(machine, { zone, range })
    expect(zone.isolatedPageblocks).toBe(0)
    expect(zone.free.freePages).toBe(16 * 32_768)
    expect(zone.free.untouchedRuns).toEqual([
      { start: 0, end: 4 * 32_768 },
      { start: 12 * 32_768, end: 16 * 32_768 },
      { start: 4 * 32_768, end: 12 * 32_768 },
    ])
    checkPages(machine)
  })

  test('of a few pageblocks splits the chunk that reaches across, and undoing it makes it whole', () => {
    const machine = tinyMachine()
    const zone = zoneOf(machine, '0/Normal')
    const range = blocks(33)
    const before = freeCounts(machine, zone)
    isolateRange(machine, { zone, range })
    const during = freeCounts(machine, zone)
    expect(during[6 * MIGRATE_TYPES + 4]).toBe(1)
    expect(during[6 * MIGRATE_TYPES + 1]).toBe((before[6 * MIGRATE_TYPES + 1] ?? 0) + 1)
    expect(pageblockCounts(machine, zone)[4]).toBe(1)
    undoIsolation(machine, { zone, range })
    expect(freeCounts(machine, zone)).toEqual(before)
    checkPages(machine)
  })

  test('keeps what is freed there from being allocated, and from joining free memory beside it', () => {
    const machine = tinyMachine()
    const zone = zoneOf(machine, '0/Normal')
    const request = { order: 0, mobility: 'movable', kind: 'lru' } as const
    const zones = [zone]
    isolateRange(machine, { zone, range: blocks(0x20) })
    // The chunk of two pageblocks was split: its other half may be taken, and come back, alone.
    const half = takeChunk(machine, { ...request, zones, order: 6 })
    expect(half).toBe(0x21 * 64)
    freePages(machine, { pfn: pfn(0x21 * 64), order: 6 })
    checkPages(machine)
    undoIsolation(machine, { zone, range: blocks(0x20) })

    const page = takeChunk(machine, { ...request, zones })
    const block = Math.floor((page ?? 0) / 64)
    isolateRange(machine, { zone, range: blocks(block) })
    freePages(machine, { pfn: pfn(page ?? 0), order: 0 })
    expect(zone.perCpu).toEqual([])
    expect(takeChunk(machine, { ...request, zones })).not.toBe(page)
    checkPages(machine)
  })

  test.each([
    ['the first pageblock before the last', [32, 36, 39], 32],
    ['the last one before those between', [34, 36, 39], 39],
    ['those between in ascending order', [36, 34], 34],
  ])('meets %s', (_, spoilt, first) => {
    const machine = tinyMachine()
    const zone = zoneOf(machine, '0/Normal')
    for (const block of spoilt) spoil(machine, block)
    const range = blocks(32, 8)
    expect(refusal(() => isolateRange(machine, { zone, range }))).toEqual({
      code: 'UNMOVABLE_PAGE',
      errno: 'EBUSY',
      pfn: first * 64,
      kind: 'slab',
      pageblock: first * 64,
      zone: '0/Normal',
    })
    expect(zone.isolatedPageblocks).toBe(0)
    expect(firstObstacle(machine, range)?.pfn).toBe(first * 64)
    checkPages(machine)
  })

  test('is refused where a pageblock is isolated already, and leaves that one so', () => {
    const machine = tinyMachine()
    const zone = zoneOf(machine, '0/Normal')
    isolateRange(machine, { zone, range: blocks(35) })
    expect(refusal(() => isolateRange(machine, { zone, range: blocks(32, 8) }))).toMatchObject({
      code: 'ALREADY_ISOLATED',
      pfn: 35 * 64,
    })
    expect(zone.isolatedPageblocks).toBe(1)
    isolateRange(machine, { zone, range: sectionRange(machine, 3) })
    expect(
      refusal(() => isolateRange(machine, { zone, range: sectionRange(machine, 3) })),
    ).toMatchObject({ code: 'ALREADY_ISOLATED', pfn: 3072 })
  })

  test('logs the page that is in the way', () => {
    const machine = tinyMachine({ 0: { unmovable: 1 } })
    const zone = zoneOf(machine, '0/DMA32')
    const { log } = machine.state.journal
    expect(refusal(() => isolateRange(machine, { zone, range: blocks(0) }))).toBeDefined()
    expect(log.map((line) => line.text)).toEqual([
      'page: pfn:0x0 slab',
      'page dumped because: unmovable page',
    ])
  })

  test('in Movable passes kernel memory by, but not reserved pages', () => {
    const machine = tinyMachine()
    const range = sectionRange(machine, 8)
    const zone = zoneOf(machine, '0/Movable')
    hotAdd(machine, range, 0)
    bringOnline(machine, { zone, range })
    placeUnmovablePage(machine, { range })
    expect(firstObstacle(machine, range)).toBeUndefined()
    materialise(machine, sectionNr(8)).pages.kind[0] = 1
    expect(firstObstacle(machine, range)).toMatchObject({ kind: 'reserved', pfn: 8192 })
  })

  test('passes poisoned kernel memory by', () => {
    const machine = tinyMachine({ 2: { unmovable: 1 } })
    const range = sectionRange(machine, 2)
    expect(() => poisonPage(machine, 2048)).toThrow(
      expect.objectContaining({ code: 'UNMOVABLE_PAGE', errno: 'EBUSY' }),
    )
    expect(firstObstacle(machine, range)).toBeUndefined()
  })

  test('leaves the self-hosted memmap out', () => {
    const machine = tinyMachine()
    const range = sectionRange(machine, 8)
    const zone = zoneOf(machine, '1/Normal')
    hotAdd(machine, range, 1)
    bringOnline(machine, { zone, range, selfHostedPages: 128 })
    expect(countPages(machine, range)).toMatchObject({ selfHostedMemmap: 128, free: 896 })
    isolateRange(machine, { zone, range })
    expect(zone.isolatedPageblocks).toBe(14)
    expect(pageblockCounts(machine, zone)).toEqual([2, 40, 0, 0, 14, 0])
    checkPages(machine)
    undoIsolation(machine, { zone, range })
    materialise(machine, sectionNr(8))
    expect(firstObstacle(machine, range)).toBeUndefined()
    checkPages(machine)
  })
})

describe('prediction', () => {
  test('changes nothing, and lists one obstacle for each pageblock in the way', () => {
    const machine = tinyMachine({ 0: { unmovable: 70 }, 2: { reserved: 1 } })
    const range = sectionRange(machine, 0, 4)
    const found = listObstacles(machine, { range, limit: 10 })
    expect(found.map(({ pfn: page, kind, zone }) => [page, kind, zone])).toEqual([
      [0, 'slab', '0/DMA32'],
      [64, 'slab', '0/DMA32'],
      [2048, 'reserved', '0/Normal'],
    ])
    expect(listObstacles(machine, { range, limit: 2 })).toHaveLength(2)
    expect(writableSection(machine, sectionNr(0)).pages).toBeNull()
  })

  test('finds holes of a boot section in the way', () => {
    const machine = tinyMachine()
    expect(firstObstacle(machine, sectionRange(machine, 6))).toMatchObject({
      kind: 'reserved',
      pfn: 7168 - 64,
      zone: null,
    })
  })

  test('has nothing to say about offline and absent memory', () => {
    const machine = tinyMachine()
    hotAdd(machine, sectionRange(machine, 8), 0)
    expect(firstObstacle(machine, sectionRange(machine, 8, 2))).toBeUndefined()
  })
})

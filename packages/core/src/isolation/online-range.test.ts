import { describe, expect, test } from 'vitest'
import { nodeId, pfn, sectionNr } from '../address/brand'
import type { PfnRange } from '../address/range'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import {
  bringOnline,
  hotAdd,
  sectionRange,
  tinyMachine,
  wideMachine,
} from '../page-check/testing/tiny-machine'
import { pinPage } from '../page-use/pin'
import { poisonPage } from '../page-use/poison'
import { allocateTracked } from '../page-use/tracked-allocation'
import { findSection, removeSection, zoneOfPfn } from '../section/section-table'
import { materialise } from '../section-pages/materialise'
import { canonicalSections } from '../snapshot/canonical-pages'
import { zoneOf } from '../zone/zone-table'
import { isolateRange } from './isolate'
import {
  attachRange,
  detachRange,
  handOverRange,
  rangeIsIsolated,
  takeOffline,
  undoIsolation,
} from './online-range'

interface Where {
  readonly zone: Zone
  readonly range: PfnRange
}

function goOffline(machine: Machine, where: Where): void {
  isolateRange(machine, where)
  takeOffline(machine, where)
  detachRange(machine, where)
}

function added(machine: Machine, sections = 1): Where {
  const range = sectionRange(machine, 8, sections)
  hotAdd(machine, range, 1)
  return { zone: zoneOf(machine, '1/Normal'), range }
}

describe('online and offline', () => {
  test('an unused device comes and goes without a page descriptor', () => {
    const machine = wideMachine(4)
    const before = canonicalSections(machine)
    const range = sectionRange(machine, 8, 8)
    const where = { zone: zoneOf(machine, '1/Movable'), range }
    hotAdd(machine, range, 1)
    bringOnline(machine, where)
    expect(where.zone.free.untouchedRuns).toEqual([{ start: range.start, end: range.end }])
    expect(where.zone.free.freePages).toBe(8 * 32_768)
    goOffline(machine, where)
    expect(where.zone.free).toMatchObject({ untouchedRuns: [], freePages: 0 })
    expect(where.zone.isolatedPageblocks).toBe(0)
    for (let nr = 8; nr < 16; nr++) removeSection(machine, sectionNr(nr))
    expect(canonicalSections(machine)).toEqual(before)
  })

  test('attaching binds the zone and no more, and detaching undoes it', () => {
    const machine = tinyMachine()
    const where = added(machine)
    const before = canonicalSections(machine)
    attachRange(machine, { ...where, selfHostedPages: 64 })
    expect(findSection(machine, sectionNr(8))).toMatchObject({ zone: '1/Normal', online: false })
    expect(zoneOfPfn(machine, where.range.start)).toBeNull()
    expect(where.zone.isolatedPageblocks).toBe(0)
    detachRange(machine, where)
    expect(canonicalSections(machine)).toEqual(before)
  })

  test('pages that are handed over are free but isolated', () => {
    const machine = tinyMachine()
    const where = added(machine)
    attachRange(machine, { ...where, selfHostedPages: 64 })
    handOverRange(machine, where)
    expect(where.zone.isolatedPageblocks).toBe(15)
    expect(rangeIsIsolated(machine, where.range)).toBe(true)
    checkPages(machine)
    materialise(machine, sectionNr(8))
    expect(rangeIsIsolated(machine, where.range)).toBe(true)
    checkPages(machine)
    undoIsolation(machine, where)
    expect(where.zone.isolatedPageblocks).toBe(0)
    expect(countPages(machine, where.range)).toMatchObject({ free: 960, selfHostedMemmap: 64 })
    checkPages(machine)
  })

  test('a section that is all memmap is online and has nothing to isolate', () => {
    const machine = tinyMachine()
    const where = added(machine, 2)
    bringOnline(machine, { ...where, selfHostedPages: 1024 + 64 })
    expect(countPages(machine, where.range)).toMatchObject({ free: 960, selfHostedMemmap: 1088 })
    checkPages(machine)
    goOffline(machine, where)
    checkPages(machine)
    expect(findSection(machine, sectionNr(8))).toMatchObject({ online: false, selfHostedPages: 0 })
  })

  test('a boot section keeps no zone when it comes back and goes again', () => {
    const machine = tinyMachine()
    const where = { zone: zoneOf(machine, '0/Normal'), range: sectionRange(machine, 2) }
    const before = canonicalSections(machine)
    goOffline(machine, where)
    expect(findSection(machine, sectionNr(2))).toMatchObject({ zone: null, early: true })
    checkPages(machine)
    attachRange(machine, { ...where, selfHostedPages: 0 })
    handOverRange(machine, where)
    undoIsolation(machine, where)
    expect(canonicalSections(machine)).toEqual(before)
  })

  test('poisoned pages are remembered offline, stay out of the allocator, and go with the section', () => {
    const machine = tinyMachine()
    const where = added(machine)
    bringOnline(machine, where)
    poisonPage(machine, where.range.start + 5)
    goOffline(machine, where)
    expect(countPages(machine, where.range)).toMatchObject({ offline: 1024, poisoned: 1 })
    attachRange(machine, { ...where, selfHostedPages: 0 })
    handOverRange(machine, where)
    checkPages(machine)
    expect(rangeIsIsolated(machine, where.range)).toBe(true)
    undoIsolation(machine, where)
    expect(countPages(machine, where.range)).toMatchObject({ free: 1023, poisoned: 1, offline: 1 })
    goOffline(machine, where)
    removeSection(machine, sectionNr(8))
    hotAdd(machine, where.range, 1)
    expect(countPages(machine, where.range).poisoned).toBe(0)
  })

  test('memory in use cannot be taken offline', () => {
    const machine = tinyMachine()
    const where = added(machine)
    bringOnline(machine, where)
    allocateTracked(machine, { name: 'a', kind: 'file', pageCount: 2100, nodeId: nodeId(1) })
    allocateTracked(machine, { name: 'b', kind: 'file', pageCount: 500, nodeId: nodeId(1) })
    isolateRange(machine, where)
    expect(rangeIsIsolated(machine, where.range)).toBe(false)
    expect(() => takeOffline(machine, where)).toThrow('not isolated')
  })

  test('withheld pages may go offline unless they are referred to', () => {
    const machine = tinyMachine({ 2: { withheld: 2 } })
    const where = { zone: zoneOf(machine, '0/Normal'), range: sectionRange(machine, 2) }
    isolateRange(machine, where)
    expect(rangeIsIsolated(machine, where.range)).toBe(true)
    pinPage(machine, pfn(2049))
    expect(rangeIsIsolated(machine, where.range)).toBe(false)
  })

  test('a failed offline leaves pages and free memory as they were', () => {
    const machine = tinyMachine({ 2: { movable: 100 } })
    const where = { zone: zoneOf(machine, '0/Normal'), range: sectionRange(machine, 2) }
    const before = canonicalSections(machine)
    const { freePages } = where.zone.free
    isolateRange(machine, where)
    expect(where.zone.free.freePages).toBe(freePages - 924)
    undoIsolation(machine, where)
    expect(where.zone.free.freePages).toBe(freePages)
    expect(canonicalSections(machine)).toEqual(before)
    checkPages(machine)
  })
})

import { describe, expect, test } from 'vitest'
import { nodeId, pfn, sectionNr } from '../address/brand'
import { allocatePages, freePages } from '../allocator/allocate'
import { isolateRange } from '../isolation/isolate'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { sectionRange, tinyMachine } from '../page-check/testing/tiny-machine'
import { zoneOfPfn } from '../section/section-table'
import { backgroundAllocation } from '../section-pages/captured-use'
import { ownedColumns } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'
import { canonicalSections } from '../snapshot/canonical-pages'
import { zoneOf } from '../zone/zone-table'
import {
  allocateTracked,
  ownerWord,
  releaseAllocation,
  verifyAllocation,
} from './tracked-allocation'
import { placeUnmovablePage, removeUnmovablePage } from './unmovable'

const file = { name: 'file', kind: 'file', nodeId: nodeId(1) } as const

describe('owners', () => {
  test('get all the memory that they ask for, nearest node first, or none', () => {
    const machine = tinyMachine()
    const owner = allocateTracked(machine, { ...file, pageCount: 2561 })
    expect(zoneOfPfn(machine, pfn(owner.pages[2559] ?? -1))).toBe('1/Normal')
    expect(zoneOfPfn(machine, pfn(owner.pages[2560] ?? -1))).toBe('0/Normal')
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    const before = canonicalSections(machine)
    expect(() => allocateTracked(machine, { ...file, pageCount: 4096 })).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_MEMORY',
        errno: 'ENOMEM',
        detail: expect.objectContaining({ wanted: 4096, free: 4095 }),
      }),
    )
    expect(canonicalSections(machine)).toEqual(before)
  })

  test('that are bound to a node take nothing from another', () => {
    const machine = tinyMachine()
    const bound = { ...file, policy: 'bind' } as const
    expect(() => allocateTracked(machine, { ...bound, pageCount: 2561 })).toThrow('wants 2561')
    allocateTracked(machine, { ...bound, pageCount: 2560 })
    expect(zoneOf(machine, '0/Normal').free.freePages).toBe(4096 - 1568)
  })

  test('get pages of per-CPU lists too', () => {
    const machine = tinyMachine()
    const request = { order: 0, nodeId: nodeId(1), mobility: 'movable', kind: 'slab' } as const
    freePages(machine, { pfn: allocatePages(machine, request) ?? pfn(0), order: 0 })
    allocateTracked(machine, { ...file, policy: 'bind', pageCount: 2560 })
    checkPages(machine)
  })

  test('give everything back', () => {
    const machine = tinyMachine()
    const before = canonicalSections(machine)
    const owners = [700, 1, 300].map((pageCount) =>
      allocateTracked(machine, { ...file, pageCount }),
    )
    releaseAllocation(machine, owners[1]?.id ?? 0)
    checkPages(machine)
    for (const owner of [owners[0], owners[2]]) releaseAllocation(machine, owner?.id ?? 0)
    expect(canonicalSections(machine)).toEqual(before)
    expect(machine.state.memory.allocations.size).toBe(0)
    checkPages(machine)
  })

  test('of kernel memory hold pages that cannot move', () => {
    const machine = tinyMachine()
    allocateTracked(machine, { ...file, kind: 'kernel', pageCount: 10 })
    expect(countPages(machine, sectionRange(machine, 4, 3)).slab).toBe(10)
    checkPages(machine)
  })

  test('notice a page whose content changed', () => {
    const machine = tinyMachine()
    const owner = allocateTracked(machine, { ...file, pageCount: 10 })
    const page = owner.pages[4] ?? 0
    const { data } = ownedColumns(materialise(machine, sectionNr(Math.floor(page / 1024))).pages)
    data[page % 1024] = (data[page % 1024] ?? 0) ^ 1
    expect(verifyAllocation(machine, owner.id)).toBe(1)
  })

  test('have words that differ from neighbour to neighbour and from owner to owner', () => {
    const words = new Set<number>()
    for (let seed = 1; seed <= 10; seed++) {
      for (let index = 0; index < 1000; index++) words.add(ownerWord(seed, index))
    }
    expect(words.size).toBeGreaterThan(9990)
  })

  test.each([-32_768, 0.5, Number.NaN, 2 ** 60])('of %s pages are refused', (pageCount) => {
    const machine = tinyMachine({ 2: { movable: 1 } })
    const request = { name: 'a', kind: 'file', pageCount, nodeId: nodeId(0) } as const
    expect(() => allocateTracked(machine, request)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', errno: 'EINVAL' }),
    )
  })

  test('that are unknown are refused, and a background cannot be released', () => {
    const machine = tinyMachine({ 2: { movable: 1 } })
    expect(() => verifyAllocation(machine, 99)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', errno: 'EINVAL' }),
    )
    const { id } = backgroundAllocation(machine, nodeId(0))
    expect(() => releaseAllocation(machine, id)).toThrow('cannot be released')
  })
})

describe('unmovable pages on demand', () => {
  test('take the lowest free page of a range, and give it back', () => {
    const machine = tinyMachine({ 2: { movable: 5 } })
    const before = canonicalSections(machine)
    const range = sectionRange(machine, 2)
    const page = placeUnmovablePage(machine, { range })
    expect(page).toBe(2053)
    checkPages(machine)
    removeUnmovablePage(machine, page ?? pfn(0))
    expect(canonicalSections(machine)).toEqual(before)
    checkPages(machine)
    expect(() => removeUnmovablePage(machine, pfn(2053))).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT' }),
    )
  })

  test('find none in memory that is full, reserved, isolated, offline or absent', () => {
    const machine = tinyMachine({ 2: { movable: 1024 } })
    expect(placeUnmovablePage(machine, { range: sectionRange(machine, 2) })).toBeNull()
    expect(placeUnmovablePage(machine, { range: sectionRange(machine, 20) })).toBeNull()
    const zone = zoneOf(machine, '0/Normal')
    const range = sectionRange(machine, 3)
    isolateRange(machine, { zone, range: { start: range.start, end: pfn(range.start + 64) } })
    expect(placeUnmovablePage(machine, { range })).toBe(range.start + 64)
  })
})

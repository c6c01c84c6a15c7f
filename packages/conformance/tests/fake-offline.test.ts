// Pages of an online block that leave the allocator and come back, while their block stays.
import { x86_64 } from '@memhp/arch-x86'
import {
  addMemory,
  allocateTracked,
  blockId,
  createMachine,
  fingerprint,
  GIB,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  type PfnRange,
  pfn,
  physAddr,
  pinPage,
  placeUnmovablePage,
  SUBSYSTEMS,
  verifyAllocation,
} from '@memhp/core'
import { blockRange, countPages, findBlock } from '@memhp/core/inspect'
import { fakeOffline, fakeOnline } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { describeGuest } from '../src/contracts/guest'

const BLOCK = blockId(32)
const PAGEBLOCK = 512

/** A guest with a block of node 1 that is online in a zone. */
function guest(type: 'online_kernel' | 'online_movable'): Machine {
  const machine = createMachine(describeGuest('x86_64', {}), {
    archs: [x86_64],
    drivers: [],
    subsystems: SUBSYSTEMS,
  })
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 128 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(1) })
  onlineBlock(machine, BLOCK, type)
  return machine
}

/** Pageblocks of the block, by their places. */
function pageblocks(machine: Machine, first: number, count: number): PfnRange {
  const start = blockRange(machine, BLOCK).start + first * PAGEBLOCK
  return { start: pfn(start), end: pfn(start + count * PAGEBLOCK) }
}

const countsOf = (machine: Machine) => ({
  total: machine.state.memory.totalManagedPages,
  present: machine.state.memory.zones.get('1/Movable')?.presentPages,
  managed: machine.state.memory.zones.get('1/Movable')?.managedPages,
  withheld: findBlock(machine, BLOCK)?.withheldPages,
})

describe('pages that are faked offline', () => {
  test('are present and not managed, and managed again once they are faked online', () => {
    const machine = guest('online_movable')
    const before = countsOf(machine)
    const range = pageblocks(machine, 3, 2)
    fakeOffline(machine, range)
    const pages = 2 * PAGEBLOCK
    expect(countsOf(machine)).toEqual({
      total: before.total - pages,
      present: before.present,
      managed: Number(before.managed) - pages,
      withheld: pages,
    })
    expect(countPages(machine, range)).toMatchObject({ withheld: pages, free: 0 })
    checkInvariants(machine)
    fakeOnline(machine, range)
    expect(countsOf(machine)).toEqual(before)
    checkInvariants(machine)
  })

  test('have what was in them elsewhere: on the same node, where another part of it has room', () => {
    const machine = guest('online_movable')
    const file = allocateTracked(machine, {
      name: 'file',
      kind: 'file',
      pageCount: 100,
      nodeId: nodeId(1),
    })
    const range = blockRange(machine, BLOCK)
    const isInside = (page: number): boolean => range.start <= page && page < range.end
    const [first = 0] = file.pages
    const place = Math.floor((first - range.start) / PAGEBLOCK)
    fakeOffline(machine, pageblocks(machine, place, 1))
    expect(verifyAllocation(machine, file.id)).toBe(0)
    expect([...file.pages].every(isInside)).toBe(true)
    expect([...file.pages]).not.toContain(first)
    checkInvariants(machine)
  })

  test('go offline with their block; nothing of it is withheld when that comes online again', () => {
    const machine = guest('online_movable')
    offlineBlock(machine, BLOCK)
    const offline = fingerprint(machine)
    onlineBlock(machine, BLOCK, 'online_movable')
    const before = countsOf(machine)
    fakeOffline(machine, pageblocks(machine, 0, 64))
    expect(countsOf(machine)).toMatchObject({ managed: 0, present: 32_768 })
    offlineBlock(machine, BLOCK)
    checkInvariants(machine)
    expect(fingerprint(machine)).toBe(offline)
    onlineBlock(machine, BLOCK, 'online_movable')
    expect(countsOf(machine)).toEqual(before)
  })
})

describe('what is refused leaves all as it was:', () => {
  const untouched = (machine: Machine, code: string, range: PfnRange): void => {
    const before = countsOf(machine)
    expect(() => fakeOffline(machine, range)).toThrow(expect.objectContaining({ code }))
    expect(countsOf(machine)).toEqual(before)
    checkInvariants(machine)
  }

  test('kernel memory in a kernel zone', () => {
    const machine = guest('online_kernel')
    const range = pageblocks(machine, 5, 1)
    placeUnmovablePage(machine, { range })
    untouched(machine, 'UNMOVABLE_PAGE', range)
    fakeOffline(machine, pageblocks(machine, 6, 1))
  })

  test('a page that is pinned', () => {
    const machine = guest('online_movable')
    const request = { name: 'file', kind: 'file', pageCount: 1, nodeId: nodeId(1) } as const
    const [page = 0] = allocateTracked(machine, request).pages
    pinPage(machine, pfn(page))
    const start = page - (page % PAGEBLOCK)
    untouched(machine, 'UNMOVABLE_PAGE', { start: pfn(start), end: pfn(start + PAGEBLOCK) })
  })

  test('no memory for what has to move', () => {
    const machine = guest('online_movable')
    for (const node of [1, 0]) {
      const managed = [...machine.state.memory.zones.values()]
        .filter((zone) => zone.nodeId === node)
        .reduce((sum, zone) => sum + zone.free.freePages, 0)
      allocateTracked(machine, {
        name: `file${node}`,
        kind: 'file',
        pageCount: managed,
        nodeId: nodeId(node),
      })
    }
    untouched(machine, 'OUT_OF_MEMORY', pageblocks(machine, 7, 1))
  })

  test('a part of a pageblock, pages of two blocks, pages of a block that is offline', () => {
    const machine = guest('online_movable')
    const { start, end } = blockRange(machine, BLOCK)
    untouched(machine, 'BAD_ARGUMENT', { start, end: pfn(start + 1) })
    untouched(machine, 'BAD_ARGUMENT', { start, end: pfn(end + PAGEBLOCK) })
    offlineBlock(machine, BLOCK)
    untouched(machine, 'BAD_ARGUMENT', pageblocks(machine, 0, 1))
  })

  test('to fake pages online that are not withheld', () => {
    const machine = guest('online_movable')
    fakeOffline(machine, pageblocks(machine, 0, 1))
    const before = fingerprint(machine)
    expect(() => fakeOnline(machine, pageblocks(machine, 0, 2))).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT' }),
    )
    expect(fingerprint(machine)).toBe(before)
  })
})

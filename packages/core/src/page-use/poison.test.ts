import { describe, expect, test } from 'vitest'
import { nodeId, pfn } from '../address/brand'
import { allocatePages, freePages } from '../allocator/allocate'
import { reserveHugePages, useHugePages } from '../huge-pages/pool'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { readPage } from '../page-check/testing/flat-model'
import { hotAdd, sectionRange, tinyMachine } from '../page-check/testing/tiny-machine'
import { zoneOf } from '../zone/zone-table'
import { pinPage, unpinPage } from './pin'
import { poisonPage, softOfflinePage } from './poison'
import { allocateTracked, verifyAllocation } from './tracked-allocation'

const near = nodeId(1)
const refused = (code: string, errno: string) => expect.objectContaining({ code, errno })

describe('a hardware error', () => {
  test('takes a free page out of its chunk for good', () => {
    const machine = tinyMachine()
    poisonPage(machine, 4100)
    expect(readPage(machine, 4100)).toMatchObject({ use: 'offline', poisoned: true })
    expect(zoneOf(machine, '1/Normal').free.freePages).toBe(2560 - 1)
    checkPages(machine)
  })

  test('in a file page loses what it held', () => {
    const machine = tinyMachine()
    const owner = allocateTracked(machine, { name: 'f', kind: 'file', pageCount: 8, nodeId: near })
    poisonPage(machine, owner.pages[2] ?? -1)
    expect(owner.pages[2]).toBe(-1)
    expect(verifyAllocation(machine, owner.id)).toBe(1)
    checkPages(machine)
  })

  test('in kernel memory marks the page and is refused; freeing it retires it', () => {
    const machine = tinyMachine()
    const request = { order: 1, nodeId: near, mobility: 'unmovable', kind: 'slab' } as const
    const page = allocatePages(machine, request) ?? pfn(0)
    expect(() => poisonPage(machine, page)).toThrow(refused('UNMOVABLE_PAGE', 'EBUSY'))
    expect(() => poisonPage(machine, page)).toThrow(refused('PAGE_POISONED', 'EHWPOISON'))
    freePages(machine, { pfn: page, order: 1 })
    expect(readPage(machine, page).use).toBe('offline')
    expect(readPage(machine, page + 1).use).toBe('free')
    checkPages(machine)
  })

  test('finds a page that sits in a per-CPU list', () => {
    const machine = tinyMachine()
    const request = { order: 0, nodeId: near, mobility: 'movable', kind: 'slab' } as const
    const page = allocatePages(machine, request) ?? pfn(0)
    freePages(machine, { pfn: page, order: 0 })
    poisonPage(machine, page)
    expect(zoneOf(machine, '1/Normal').perCpu).toEqual([])
    checkPages(machine)
  })

  test('in a huge page dissolves it, unless it is promised', () => {
    const machine = tinyMachine()
    const pool = reserveHugePages(machine, { nodeId: near, order: 6, count: 3 })
    const [head = pfn(0)] = useHugePages(machine, { nodeId: near, order: 6, count: 1 })
    poisonPage(machine, head + 9)
    expect(pool.used.size).toBe(0)
    expect(readPage(machine, head).use).toBe('free')
    const [free = 0, promised = 0] = pool.free
    poisonPage(machine, free)
    expect(pool.free.size).toBe(1)
    pool.reserved = 1
    expect(() => poisonPage(machine, promised + 1)).toThrow(refused('UNMOVABLE_PAGE', 'EBUSY'))
    checkPages(machine)
  })

  test('is refused for memory that is not online', () => {
    const machine = tinyMachine()
    hotAdd(machine, sectionRange(machine, 8), 0)
    expect(() => poisonPage(machine, 8192)).toThrow(refused('PAGE_NOT_ONLINE', 'ENXIO'))
    expect(() => poisonPage(machine, 99_999)).toThrow(refused('PAGE_NOT_ONLINE', 'ENXIO'))
  })
})

describe('soft offlining', () => {
  test('moves what the page holds and retires it', () => {
    const machine = tinyMachine()
    const owner = allocateTracked(machine, { name: 'f', kind: 'file', pageCount: 8, nodeId: near })
    const page = owner.pages[2] ?? -1
    softOfflinePage(machine, page)
    expect(owner.pages[2]).not.toBe(page)
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    expect(readPage(machine, page)).toMatchObject({ use: 'offline', poisoned: true })
    softOfflinePage(machine, page)
    checkPages(machine)
  })

  test('of a page in a huge page moves the whole of it', () => {
    const machine = tinyMachine()
    reserveHugePages(machine, { nodeId: near, order: 6, count: 2 })
    const [head = pfn(0)] = useHugePages(machine, { nodeId: near, order: 6, count: 1 })
    softOfflinePage(machine, head + 3)
    expect(readPage(machine, head + 3)).toMatchObject({ use: 'offline', poisoned: true })
    expect(countPages(machine, sectionRange(machine, 0, 7))).toMatchObject({
      hugetlb: 64,
      hugetlbFree: 0,
    })
    checkPages(machine)
  })

  test('answers as the kernel does where it cannot', () => {
    const machine = tinyMachine({ 4: { unmovable: 1, pinned: 1 } })
    hotAdd(machine, sectionRange(machine, 8), 0)
    expect(() => softOfflinePage(machine, 99_999)).toThrow(refused('PAGE_NOT_ONLINE', 'ENXIO'))
    expect(() => softOfflinePage(machine, 8192)).toThrow(refused('PAGE_NOT_ONLINE', 'EIO'))
    expect(() => softOfflinePage(machine, 4096)).toThrow(refused('UNMOVABLE_PAGE', 'EIO'))
    expect(() => softOfflinePage(machine, 4097)).toThrow(refused('UNMOVABLE_PAGE', 'EBUSY'))
    unpinPage(machine, pfn(4097))
    softOfflinePage(machine, 4097)
    checkPages(machine)
  })

  test('needs memory to move to', () => {
    const machine = tinyMachine()
    const owner = allocateTracked(machine, {
      name: 'f',
      kind: 'file',
      pageCount: 6656,
      nodeId: near,
    })
    expect(() => softOfflinePage(machine, owner.pages[0] ?? -1)).toThrow(
      refused('OUT_OF_MEMORY', 'ENOMEM'),
    )
    expect(verifyAllocation(machine, owner.id)).toBe(0)
  })
})

describe('pins', () => {
  test('are for pages on the LRU and for withheld ones', () => {
    const machine = tinyMachine({ 4: { unmovable: 1, withheld: 1, movable: 1 } })
    pinPage(machine, pfn(4097))
    pinPage(machine, pfn(4098))
    expect(() => pinPage(machine, pfn(4096))).toThrow(refused('BAD_ARGUMENT', 'EINVAL'))
    expect(() => pinPage(machine, pfn(99_999))).toThrow(refused('PAGE_NOT_ONLINE', 'EFAULT'))
    expect(countPages(machine, sectionRange(machine, 4)).pinned).toBe(2)
  })
})

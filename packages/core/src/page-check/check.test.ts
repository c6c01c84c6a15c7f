import { describe, expect, test } from 'vitest'
import { nodeId, pfn, sectionNr } from '../address/brand'
import { allocatePages, freePages } from '../allocator/allocate'
import { InvariantViolation } from '../errors/invariant'
import { reserveHugePages } from '../huge-pages/pool'
import { isolateRange } from '../isolation/isolate'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPES, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { FreeList } from '../model/zone'
import { allocateTracked, verifyAllocation } from '../page-use/tracked-allocation'
import { writableSection } from '../section/section-table'
import type {} from '../section-pages/columns'
import { ownedColumns } from '../section-pages/columns'
import { emptyFreeList, insertChunk, removeChunk } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { canonicalSections } from '../snapshot/canonical-pages'
import { zoneOf } from '../zone/zone-table'
import { checkPages } from './check'
import { sectionRange, tinyMachine } from './testing/tiny-machine'

/** A machine with a little of everything. */
function busyMachine(): Machine {
  const machine = tinyMachine({ 0: { movable: 20, unmovable: 3 }, 4: { movable: 9 } })
  const near = nodeId(1)
  allocateTracked(machine, { name: 'file', kind: 'file', pageCount: 100, nodeId: near })
  reserveHugePages(machine, { nodeId: near, order: 6, count: 2 })
  const request = { order: 0, nodeId: near, mobility: 'movable', kind: 'slab' } as const
  freePages(machine, { pfn: allocatePages(machine, request) ?? pfn(0), order: 0 })
  isolateRange(machine, { zone: zoneOf(machine, '0/Normal'), range: sectionRange(machine, 3) })
  materialise(machine, sectionNr(2))
  return machine
}

const open = (machine: Machine, nr: number): MaterialisedSection =>
  materialise(machine, sectionNr(nr))
const placeOf = (section: MaterialisedSection, kind: number): number =>
  section.pages.kind.indexOf(kind)
const normal = (machine: Machine) => zoneOf(machine, '0/Normal')

function listOf(...heads: readonly number[]): FreeList {
  const list = emptyFreeList()
  for (const head of heads) insertChunk(list, head, 'last')
  return list
}

/** The list that the chunk of section 2 is in. */
function largestList(machine: Machine): FreeList {
  const list = normal(machine).free.lists.get(7 * MIGRATE_TYPES + 1)
  if (list === undefined) throw new Error('Section 2 is not free.')
  return list
}

/** Ways to break a machine. Each must be noticed. */
const DAMAGE: Readonly<Record<string, (machine: Machine) => void>> = {
  'a chunk in no list': (m) => removeChunk(largestList(m), 2048),
  'a chunk in a second list': (m) => {
    normal(m).free.lists.set(3, listOf(2048))
  },
  'a chunk that is never reached': (m) => {
    const list = largestList(m)
    list.first = list.next.get(list.first) ?? -1
  },
  'a chunk that is before another than it says': (m) => {
    largestList(m).previous.set(2048, 4096)
  },
  'a chunk cut in two buddies': (m) => {
    const { pages } = open(m, 2)
    const { lists } = normal(m).free
    removeChunk(largestList(m), 2048)
    lists.set(6 * MIGRATE_TYPES + 1, listOf(2048, 2048 + 64))
    pages.order[0] = 6
    pages.order[64] = 6
    pages.kind[64] = PAGE_KIND.free
  },
  'a wrong count of free pages': (m) => {
    normal(m).free.freePages += 1
  },
  'a wrong count of captured free pages': (m) => {
    zoneOf(m, '0/DMA32').free.capturedFreePages -= 1
  },
  'a wrong count of isolated pageblocks': (m) => {
    normal(m).isolatedPageblocks -= 1
  },
  'a pageblock that became isolated by itself': (m) => {
    open(m, 2).pageblocks[3] = 4
  },
  'a used page inside a chunk': (m) => {
    open(m, 2).pages.kind[100] = PAGE_KIND.slab
  },
  'a tail without a head': (m) => {
    open(m, 4).pages.kind[placeOf(open(m, 4), PAGE_KIND.lru)] = PAGE_KIND.freeTail
  },
  'a free page with an owner': (m) => {
    ownedColumns(open(m, 2).pages).owner[5] = 1
  },
  'a free page that is poisoned': (m) => {
    open(m, 2).pages.flags[5] = 1
  },
  'an owner that does not know its page': (m) => {
    const owner = [...m.state.memory.allocations.values()].find(({ kind }) => kind === 'file')
    if (owner !== undefined) owner.pages[7] = -1
  },
  'a page whose owner is unknown': (m) => {
    ownedColumns(open(m, 4).pages).owner[placeOf(open(m, 4), PAGE_KIND.lru)] = 77
  },
  'a page in a per-CPU list that is not marked': (m) => {
    zoneOf(m, '1/Normal').perCpu.push(4096)
  },
  'a huge page that no pool knows': (m) => {
    m.state.memory.hugePools[0]?.free.clear()
  },
  'a huge page without a head': (m) => {
    const section = [4, 5, 6].map((nr) => open(m, nr)).find((s) => placeOf(s, 12) >= 0)
    if (section !== undefined) section.pages.kind[placeOf(section, 12)] = PAGE_KIND.slab
  },
  'memory in use in an untouched run': (m) => {
    zoneOf(m, '1/Normal').free.untouchedRuns.push({ start: 4096, end: 5120 })
  },
  'a hole in use': (m) => {
    open(m, 6).pages.kind[1000] = PAGE_KIND.slab
  },
  'an offline page in an online section': (m) => {
    open(m, 4).pages.kind[placeOf(open(m, 4), PAGE_KIND.lru)] = PAGE_KIND.offline
  },
  'an offline section with descriptors': (m) => {
    open(m, 2).online = false
  },
  'a section both touched and in a run': (m) => {
    m.state.memory.sections.runs.push({
      start: sectionNr(2),
      end: sectionNr(3),
      nodeId: nodeId(0),
      summary: 'free',
    })
  },
  'a stray seed': (m) => {
    writableSection(m, sectionNr(3)).capturedUse = writableSection(m, sectionNr(0)).capturedUse
  },
}

describe('checkPages', () => {
  test('finds nothing wrong with a machine that is used', () => {
    checkPages(busyMachine())
  })

  test.each(Object.entries(DAMAGE))('notices %s', (_, damage) => {
    const machine = busyMachine()
    damage(machine)
    expect(() => checkPages(machine)).toThrow(InvariantViolation)
  })
})

describe('the state of the page layer', () => {
  test('survives a deep copy, and the copy lives on by itself', () => {
    const machine = busyMachine()
    const before = canonicalSections(machine)
    const saved = structuredClone(machine.state)
    const pageCount = 1000
    allocateTracked(machine, { name: 'late', kind: 'file', pageCount, nodeId: nodeId(0) })
    machine.state = saved
    expect(canonicalSections(machine)).toEqual(before)
    checkPages(machine)
    const owner = allocateTracked(machine, {
      name: 'new',
      kind: 'file',
      pageCount,
      nodeId: nodeId(0),
    })
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    checkPages(machine)
  })
})

describe('the canonical value', () => {
  test('does not see how free memory is cut up, nor per-CPU lists', () => {
    const machine = tinyMachine()
    const before = canonicalSections(machine)
    const request = { order: 0, nodeId: nodeId(1), mobility: 'unmovable', kind: 'slab' } as const
    const pages = Array.from({ length: 5 }, () => allocatePages(machine, request) ?? pfn(0))
    expect(canonicalSections(machine)).not.toEqual(before)
    for (const page of pages) freePages(machine, { pfn: page, order: 0 })
    expect(canonicalSections(machine)).toEqual(before)
  })

  test('sees isolation, content, owners and poison', () => {
    const base = canonicalSections(busyMachine())
    const changes: ((m: Machine) => void)[] = [
      (m) => isolateRange(m, { zone: normal(m), range: sectionRange(m, 2) }),
      (m) => {
        const { data } = ownedColumns(open(m, 4).pages)
        const at = placeOf(open(m, 4), PAGE_KIND.lru)
        data[at] = (data[at] ?? 0) ^ 1
      },
      (m) => {
        open(m, 4).pages.flags[placeOf(open(m, 4), PAGE_KIND.lru)] = 2
      },
      (m) => {
        writableSection(m, sectionNr(3)).poisonedPages.push(3072)
      },
      (m) => void allocateTracked(m, { name: 'x', kind: 'file', pageCount: 1, nodeId: nodeId(0) }),
    ]
    for (const change of changes) {
      const machine = busyMachine()
      change(machine)
      expect(canonicalSections(machine)).not.toEqual(base)
    }
  })

  test('joins sections that are alike, touched or not', () => {
    const machine = tinyMachine()
    const before = canonicalSections(machine)
    writableSection(machine, sectionNr(2))
    materialise(machine, sectionNr(3))
    materialise(machine, sectionNr(5))
    expect(canonicalSections(machine)).toEqual(before)
    expect(before.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
      [4, 6],
      [6, 7],
    ])
  })
})

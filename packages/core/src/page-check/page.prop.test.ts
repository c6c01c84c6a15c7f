import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { type NodeId, nodeId, pfn, sectionNr } from '../address/brand'
import type { PfnRange } from '../address/range'
import { allocatePages, freePages } from '../allocator/allocate'
import { disablePerCpu, enablePerCpu } from '../allocator/per-cpu'
import {
  dissolveFreeHugePages,
  releaseHugePages,
  reserveHugePages,
  useHugePages,
} from '../huge-pages/pool'
import { isolateRange } from '../isolation/isolate'
import { migrateRange, scanMovable } from '../isolation/migrate'
import { firstObstacle } from '../isolation/obstacle'
import {
  attachRange,
  detachRange,
  handOverRange,
  rangeIsIsolated,
  takeOffline,
  undoIsolation,
} from '../isolation/online-range'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, MIGRATE_TYPES } from '../model/page'
import type { Zone } from '../model/zone'
import { pinPage, unpinPage } from '../page-use/pin'
import { poisonPage, softOfflinePage } from '../page-use/poison'
import {
  allocateTracked,
  releaseAllocation,
  verifyAllocation,
} from '../page-use/tracked-allocation'
import { placeUnmovablePage } from '../page-use/unmovable'
import { freeCounts } from '../section-pages/free-counts'
import { materialise } from '../section-pages/materialise'
import { canonicalSections } from '../snapshot/canonical-pages'
import { zoneOf } from '../zone/zone-table'
import { checkPages } from './check'
import { countPages } from './page-count'
import { type FlatPage, flatChunks, flatObstacle, readPage, readPages } from './testing/flat-model'
import { sectionRange, TINY } from './testing/tiny-machine'
import { attempt, END, newWorld, SECTIONS, WHOLE, type World, zoneAt } from './testing/world'

/** Places that matter: next to the edges of pageblocks, chunks and sections. */
const page = fc
  .tuple(
    fc.nat(SECTIONS - 1),
    fc.constantFrom(0, 1, 63, 64, 65, 127, 128, 512, 960, 1023),
    fc.nat(3),
  )
  .map(([section, pageIndex, more]) => pfn(Math.min(END - 1, section * 1024 + pageIndex + more)))
/** Whole pageblocks inside one section of one zone. */
const blocks = fc
  .tuple(fc.constantFrom(0, 2, 3, 4, 5, 8, 9), fc.nat(15), fc.nat(15))
  .map(([section, a, b]) => {
    const base = section * TINY.pagesPerSection
    const size = TINY.pageblockPages
    return {
      start: pfn(base + Math.min(a, b) * size),
      end: pfn(base + (Math.max(a, b) + 1) * size),
    }
  })
const wholeSection = fc.constantFrom(0, 2, 3, 4, 5, 9)
const node = fc.constantFrom(nodeId(0), nodeId(1))

type Action = (world: World) => void

/** An action that says in a counterexample what it is. */
const named = (name: string, argument: unknown, action: Action): Action =>
  Object.assign(action, { [fc.toStringMethod]: () => `${name} ${JSON.stringify(argument)}` })

const allocate = fc
  .record({
    order: fc.nat(7),
    nodeId: node,
    mobility: fc.constantFrom('movable' as const, 'unmovable' as const),
    bound: fc.boolean(),
  })
  .map((asked) => named('allocate', asked, (world) => allocateOne(world, asked)))

interface Asked {
  readonly order: number
  readonly nodeId: NodeId
  readonly mobility: 'movable' | 'unmovable'
  readonly bound: boolean
}

function allocateOne({ machine, chunks }: World, asked: Asked): void {
  const { order, nodeId: near, mobility, bound } = asked
  const pages = readPages(machine, WHOLE)
  const fits = (at: number): boolean => {
    const zone = pages[at]?.zone ?? null
    const allowed =
      zone !== null &&
      (mobility === 'movable' || !zone.endsWith('/Movable')) &&
      (!bound || zone.startsWith(`${near}/`))
    if (!allowed) return false
    for (let i = at; i < at + 2 ** order; i++) {
      const p = pages[i]
      if (p?.use !== 'free' || p.isolated || p.zone !== zone) return false
    }
    return true
  }
  const pageIndexes = Array.from({ length: END / 2 ** order }, (_, i) => i * 2 ** order).filter(
    fits,
  )
  const nodes = bound ? { nodes: [near] } : {}
  const got = allocatePages(machine, { order, nodeId: near, mobility, kind: 'slab', ...nodes })
  if (got === null) {
    expect(pageIndexes).toEqual([])
    return
  }
  expect(pageIndexes.includes(got)).toBe(true)
  const isNear = (at: number): boolean => pages[at]?.zone?.startsWith(`${near}/`) ?? false
  if (pageIndexes.some(isNear)) expect(isNear(got)).toBe(true)
  chunks.push({ pfn: got, order })
}

const free = fc.nat(20).map((which) =>
  named('free', which, ({ machine, chunks }) => {
    const [chunk] = chunks.splice(which % Math.max(1, chunks.length), 1)
    if (chunk !== undefined) freePages(machine, chunk)
  }),
)

const own = fc
  .record({
    kind: fc.constantFrom('file' as const, 'anonymous' as const, 'kernel' as const),
    pageCount: fc.constantFrom(1, 2, 63, 64, 65, 200, 1024, 1500),
    nodeId: node,
    policy: fc.constantFrom('prefer' as const, 'bind' as const),
  })
  .map((asked) =>
    named('own', asked, ({ machine, owners }) => {
      const mine = readPages(machine, WHOLE).filter(
        (p) =>
          p.use === 'free' &&
          !p.isolated &&
          (asked.policy === 'prefer' || p.zone?.startsWith(`${asked.nodeId}/`)) &&
          (asked.kind !== 'kernel' || !p.zone?.endsWith('/Movable')),
      )
      const code = attempt(() => {
        owners.push(allocateTracked(machine, { name: 'x', ...asked }).id)
      })
      expect(code).toBe(mine.length < asked.pageCount ? 'OUT_OF_MEMORY' : undefined)
    }),
  )

const disown = fc.nat(20).map((which) =>
  named('disown', which, ({ machine, owners }) => {
    const [id] = owners.splice(which % Math.max(1, owners.length), 1)
    if (id !== undefined) releaseAllocation(machine, id)
  }),
)

const isolate = blocks.map((range) =>
  named('isolate', range, ({ machine }) => {
    const zone = zoneAt(machine, range.start)
    if (zone === undefined) return
    const before = readPages(machine, range)
    const memmap = before.filter((p) => p.use === 'selfHostedMemmap').length
    const usable = { start: pfn(range.start + memmap), end: range.end }
    const expected = usable.start < usable.end ? flatObstacle(machine, usable) : undefined
    const obstacle = firstObstacle(machine, range)
    expect(obstacle && { pfn: obstacle.pfn, reason: obstacle.reason }).toEqual(expected)
    const code = attempt(() => isolateRange(machine, { zone, range }))
    const codes = { isolated: 'ALREADY_ISOLATED', unmovable: 'UNMOVABLE_PAGE' }
    expect(code).toBe(expected && codes[expected.reason])
    const changed = before.map((p) => ({ ...p, isolated: p.use !== 'selfHostedMemmap' }))
    expect(readPages(machine, range)).toEqual(code === undefined ? changed : before)
  }),
)

const unisolate = blocks.map((range) =>
  named('unisolate', range, ({ machine }) => {
    const zone = zoneAt(machine, range.start)
    if (zone === undefined) return
    const before = readPages(machine, range)
    undoIsolation(machine, { zone, range })
    expect(readPages(machine, range)).toEqual(before.map((p) => ({ ...p, isolated: false })))
  }),
)

/** Isolates, empties and takes a section offline as the transaction does; undoes it where it cannot. */
const unplug = fc.record({ nr: wholeSection, again: fc.boolean() }).map((asked) =>
  named('unplug', asked, ({ machine }) => {
    const range = sectionRange(machine, asked.nr)
    const zone = zoneAt(machine, range.end - 1)
    if (zone === undefined) return
    const where = { zone, range }
    disablePerCpu(machine, zone)
    if (attempt(() => isolateRange(machine, where)) === undefined) {
      const emptied = emptyRange(machine, where)
      checkPages(machine)
      if (emptied) {
        takeOffline(machine, where)
        detachRange(machine, where)
        expect(countPages(machine, range).offline).toBe(TINY.pagesPerSection)
        if (asked.again) online(machine, where)
      } else undoIsolation(machine, where)
    }
    enablePerCpu(machine, zone)
  }),
)

function online(machine: Machine, where: { readonly zone: Zone; readonly range: PfnRange }): void {
  const poisoned = readPages(machine, where.range).filter((p) => p.poisoned).length
  attachRange(machine, { ...where, selfHostedPages: 0 })
  handOverRange(machine, where)
  expect(rangeIsIsolated(machine, where.range)).toBe(true)
  undoIsolation(machine, where)
  const free = TINY.pagesPerSection - poisoned
  expect(countPages(machine, where.range)).toMatchObject({ free, poisoned })
}

/** @returns true if the range can go offline */
function emptyRange(
  machine: Machine,
  where: { readonly zone: Zone; readonly range: PfnRange },
): boolean {
  const { range } = where
  for (;;) {
    const found = scanMovable(machine, { range, from: range.start })
    if (found.kind === 'unmovable') return false
    if (found.kind === 'none') break
    const result = migrateRange(machine, where)
    expect(result.failed.length).toBe(Math.min(result.failedCount, 16))
    if (result.migrated === 0) return false
  }
  if (attempt(() => dissolveFreeHugePages(machine, range)) !== undefined) return false
  return rangeIsIsolated(machine, range)
}

/** Brings a section back that went offline before, perhaps into another zone. */
const plug = fc
  .record({ nr: wholeSection, name: fc.constantFrom('Normal' as const, 'Movable' as const) })
  .map((asked) =>
    named('plug', asked, ({ machine }) => {
      const range = sectionRange(machine, asked.nr)
      if (zoneAt(machine, range.start) !== undefined) return
      online(machine, { zone: zoneOf(machine, `${asked.nr < 4 ? 0 : 1}/${asked.name}`), range })
    }),
  )

const migrate = blocks.map((range) =>
  named('migrate', range, ({ machine }) => {
    const zone = zoneAt(machine, range.start)
    if (zone === undefined) return
    if (attempt(() => isolateRange(machine, { zone, range })) !== undefined) return
    const before = readPages(machine, range)
    const movable = before.filter((p) => p.use === 'lru' && !p.pinned && !p.poisoned)
    const isTarget = (p: FlatPage): boolean =>
      p.use === 'free' && !p.isolated && p.zone !== null && !p.zone.startsWith(`${zone.nodeId}/`)
    const room = readPages(machine, WHOLE).filter(isTarget).length
    const withHuge = before.some((p) => p.use === 'hugetlb')
    const { migrated } = migrateRange(machine, { zone, range })
    const moved = withHuge ? [] : movable.slice(0, migrated)
    if (!withHuge) expect(migrated).toBe(Math.min(movable.length, room))
    for (const page of moved) expect(readPage(machine, page.pfn).use).toBe('free')
    checkPages(machine)
    undoIsolation(machine, { zone, range })
  }),
)

const pinOrUnpin = fc.record({ at: page, pin: fc.boolean() }).map((asked) =>
  named('pin', asked, ({ machine }) => {
    const { at } = asked
    const { use } = readPage(machine, at)
    const code = attempt(() => (asked.pin ? pinPage(machine, at) : unpinPage(machine, at)))
    expect(code === undefined).toBe(use === 'lru' || use === 'withheld')
  }),
)

const poison = page.map((at) =>
  named('poison', at, ({ machine }) => {
    const before = readPage(machine, at)
    const code = attempt(() => poisonPage(machine, at))
    if (before.zone === null) return
    expect(code === 'PAGE_POISONED').toBe(before.poisoned)
    expect(readPage(machine, at).poisoned).toBe(true)
  }),
)

const softOffline = page.map((at) =>
  named('softOffline', at, ({ machine }) => {
    const before = readPage(machine, at)
    const code = attempt(() => softOfflinePage(machine, at))
    const after = readPage(machine, at)
    if (code === undefined) expect(after.poisoned).toBe(true)
    else expect(after).toEqual(before)
  }),
)

const slab = blocks.map((range) =>
  named('slab', range, ({ machine, chunks }) => {
    const inPerCpu = new Set([...machine.state.memory.zones.values()].flatMap((z) => z.perCpu))
    const isFree = (p: FlatPage): boolean => p.use === 'free' && !p.isolated && !inPerCpu.has(p.pfn)
    const lowest = readPages(machine, range).find(isFree)
    const placed = placeUnmovablePage(machine, { range })
    expect(placed).toBe(lowest?.pfn ?? null)
    if (placed !== null) chunks.push({ pfn: placed, order: 0 })
  }),
)

const huge = fc
  .record({
    what: fc.constantFrom('reserve', 'use', 'release', 'promise'),
    nodeId: node,
    count: fc.integer({ min: 1, max: 4 }),
  })
  .map((asked) =>
    named('huge', asked, ({ machine }) => {
      const { what, nodeId: at, count } = asked
      const wanted = { nodeId: at, order: 6, count }
      if (what === 'reserve') attempt(() => reserveHugePages(machine, wanted))
      if (what === 'use') attempt(() => useHugePages(machine, wanted))
      if (what === 'release') attempt(() => releaseHugePages(machine, wanted))
      for (const pool of machine.state.memory.hugePools) {
        pool.reserved = what === 'promise' ? Math.min(count, pool.free.size) : 0
      }
    }),
  )

const look = fc.nat(SECTIONS - 1).map((nr) =>
  named('look', nr, ({ machine }) => {
    if (zoneAt(machine, nr * TINY.pagesPerSection) === undefined) return
    const before = canonicalSections(machine)
    materialise(machine, sectionNr(nr))
    expect(canonicalSections(machine)).toEqual(before)
  }),
)

const action = fc.oneof(
  { weight: 4, arbitrary: allocate },
  { weight: 3, arbitrary: free },
  { weight: 4, arbitrary: own },
  { weight: 2, arbitrary: disown },
  { weight: 3, arbitrary: isolate },
  { weight: 3, arbitrary: unisolate },
  { weight: 3, arbitrary: migrate },
  { weight: 3, arbitrary: unplug },
  { weight: 2, arbitrary: plug },
  { weight: 1, arbitrary: pinOrUnpin },
  { weight: 1, arbitrary: poison },
  { weight: 1, arbitrary: softOffline },
  { weight: 1, arbitrary: slab },
  { weight: 2, arbitrary: huge },
  { weight: 1, arbitrary: look },
)

const seeds = fc.record({
  0: fc.record({
    unmovable: fc.nat(70),
    movable: fc.nat(500),
    pinned: fc.nat(2),
    hugetlb: fc.constantFrom(0, 64, 200),
  }),
  1: fc.record({ reserved: fc.nat(40), movable: fc.nat(200), poisoned: fc.nat(2) }),
  4: fc.record({
    movable: fc.nat(700),
    hugetlbFree: fc.constantFrom(0, 64, 130),
    withheld: fc.nat(2),
  }),
  6: fc.record({ unmovable: fc.nat(10), movable: fc.nat(100) }),
})

function compareCounts(machine: Machine): void {
  for (const zone of machine.state.memory.zones.values()) {
    const counts = freeCounts(machine, zone)
    const flat = flatChunks(machine, zone.key, WHOLE)
    const at = (order: number, type: number): number => counts[order * MIGRATE_TYPES + type] ?? 0
    const orders = Array.from({ length: TINY.maxOrder + 1 }, (_, order) => order)
    expect(orders.map((order) => at(order, MIGRATE_TYPE.isolate))).toEqual(flat.isolated)
    expect(
      orders.map((order) =>
        [
          MIGRATE_TYPE.unmovable,
          MIGRATE_TYPE.movable,
          MIGRATE_TYPE.reclaimable,
          MIGRATE_TYPE.highatomic,
        ]
          .map((type) => at(order, type))
          .reduce((a, b) => a + b, 0),
      ),
    ).toEqual(flat.free)
  }
}

describe('the page layer against a flat model', () => {
  test('any sequence of operations leaves lists, counts, owners and isolation true', () => {
    fc.assert(
      fc.property(seeds, fc.array(action, { maxLength: 25 }), (use, actions) => {
        const world = newWorld(use)
        checkPages(world.machine)
        for (const act of actions) {
          act(world)
          checkPages(world.machine)
        }
        compareCounts(world.machine)
        const lost = readPages(world.machine, WHOLE).some((p) => p.poisoned)
        if (lost) return
        for (const id of world.owners) expect(verifyAllocation(world.machine, id)).toBe(0)
      }),
      { numRuns: draws(30) },
    )
  }, 120_000)
})

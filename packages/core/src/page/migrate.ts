import { type NodeId, type Pfn, pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import type { Machine } from '../machine/machine'
import type { Zone } from '../zone/zone'
import { takePages } from './allocate'
import { freeRange } from './buddy'
import { isOpen, type OpenSection, sectionBase } from './columns'
import { moveHugePage } from './huge'
import { openSection } from './layout'
import { PAGE_FLAG, PAGE_KIND } from './page'
import { peekedParts } from './section-range'
import { zonelist } from './zonelist'

export type ScanResult =
  | { readonly kind: 'found' | 'unmovable'; readonly pfn: Pfn }
  | { readonly kind: 'none' }

/**
 * Looks for the next page that has to move before a range can go: on the LRU, or a huge page in use.
 * `unmovable` is a withheld page that somebody still refers to: it will never go.
 * @param where `from`: pfn to begin at, inside the range
 * Source: scan_movable_pages, mm/memory_hotplug.c 6.1; spec 4.4.
 */
export function scanMovable(
  machine: Machine,
  where: { readonly range: PfnRange; readonly from: number },
): ScanResult {
  const start = pfn(Math.max(where.range.start, where.from))
  for (const part of peekedParts(machine, { start, end: where.range.end })) {
    const { section } = part
    if (!section.online || (!isOpen(section) && section.uniform !== 'seeded')) continue
    const found = scanSection(openSection(machine, section.nr), part)
    if (found === undefined) continue
    return { kind: found.kind, pfn: pfn(sectionBase(machine, section) + found.place) }
  }
  return { kind: 'none' }
}

function scanSection(
  section: OpenSection,
  part: Range,
): { readonly kind: 'found' | 'unmovable'; readonly place: number } | undefined {
  const { kind, flags, order } = section.pages
  for (let place = part.start; place < part.end; ) {
    const at = kind[place]
    if (at === PAGE_KIND.lru || at === PAGE_KIND.hugetlb) return { kind: 'found', place }
    const referenced = ((flags[place] ?? 0) & PAGE_FLAG.pinned) !== 0
    if (at === PAGE_KIND.withheld && referenced) return { kind: 'unmovable', place }
    place += at === PAGE_KIND.free ? 1 << (order[place] ?? 0) : 1
  }
  return undefined
}

/** A page that stayed where it is. `no-memory` is what the kernel reports as -12 (ENOMEM). */
export interface MigrationFailure {
  readonly pfn: Pfn
  readonly reason: 'pinned' | 'no-memory'
}

export interface MigrationResult {
  /** Pages that moved. */
  readonly migrated: number
  /** The first pages that did not, at most `MIGRATION_FAILURE_LIMIT`, ascending within each section. */
  readonly failed: readonly MigrationFailure[]
  readonly failedCount: number
}

/** How many failures one pass names; the kernel limits the rate of its messages. */
const MIGRATION_FAILURE_LIMIT = 16

/** Nodes that migration may use: all that have memory but the source; the source only where there is no other. */
export function migrationTargets(machine: Machine, source: NodeId): readonly NodeId[] {
  const others: NodeId[] = []
  for (const node of machine.state.memory.nodes.values()) {
    if (node.hasMemory && node.id !== source) others.push(node.id)
  }
  return others.length > 0 ? others : [source]
}

/** One pass of migration: what it may use, and what came of it. */
interface Pass {
  readonly zones: readonly Zone[]
  readonly nodes: readonly NodeId[]
  readonly nodeId: NodeId
  readonly failed: MigrationFailure[]
  migrated: number
  failedCount: number
}

function fail(pass: Pass, failure: MigrationFailure): void {
  pass.failedCount += 1
  if (pass.failed.length < MIGRATION_FAILURE_LIMIT) pass.failed.push(failure)
}

/**
 * Tries once to move every movable page of a range elsewhere: content, owner and place in the owner move along.
 * @param what the zone of the range; its pages should be isolated, or they may move within the range
 * Source: do_migrate_range, mm/memory_hotplug.c 6.1; spec 4.4.
 */
export function migrateRange(
  machine: Machine,
  what: { readonly zone: Zone; readonly range: PfnRange },
): MigrationResult {
  const { nodeId } = what.zone
  const nodes = migrationTargets(machine, nodeId)
  const zones = zonelist(machine, { nodeId, mobility: 'movable', nodes })
  const pass: Pass = { zones, nodes, nodeId, failed: [], migrated: 0, failedCount: 0 }
  for (const part of peekedParts(machine, what.range)) {
    const { section } = part
    if (section.online && (isOpen(section) || section.uniform === 'seeded')) {
      migratePart(machine, pass, { section: openSection(machine, section.nr), range: part })
    }
  }
  const { migrated, failed, failedCount } = pass
  return { migrated, failed, failedCount }
}

interface SectionRange {
  readonly section: OpenSection
  readonly range: Range
}

function migratePart(machine: Machine, pass: Pass, where: SectionRange): void {
  const { section } = where
  const base = sectionBase(machine, section)
  const found = collect(where, (place) => fail(pass, { pfn: pfn(base + place), reason: 'pinned' }))
  const moved = moveSinglePages(machine, pass.zones, { section, places: found.single })
  pass.migrated += moved
  for (const place of found.single.subarray(moved)) {
    fail(pass, { pfn: pfn(base + place), reason: 'no-memory' })
  }
  for (const place of found.huge) {
    const pages = 1 << (section.pages.order[place] ?? 0)
    if (moveHugePage(machine, { section, place, nodes: pass.nodes })) pass.migrated += pages
    else fail(pass, { pfn: pfn(base + place), reason: 'no-memory' })
  }
}

/** What moves in a part of a section: places of single pages, and of the heads of huge ones. */
interface Movable {
  readonly single: Int32Array
  readonly huge: readonly number[]
}

function collect(where: SectionRange, pinned: (place: number) => void): Movable {
  const { start, end } = where.range
  const { kind, flags, order } = where.section.pages
  const single = new Int32Array(end - start)
  const huge: number[] = []
  let count = 0
  for (let place = start; place < end; place++) {
    const at = kind[place]
    if (at === PAGE_KIND.free) {
      place += (1 << (order[place] ?? 0)) - 1
    } else if (at === PAGE_KIND.hugetlb) {
      huge.push(place)
    } else if (at === PAGE_KIND.lru) {
      if (((flags[place] ?? 0) & PAGE_FLAG.pinned) !== 0) pinned(place)
      else single[count++] = place
    }
  }
  return { single: single.subarray(0, count), huge }
}

/**
 * Moves pages on the LRU, in the order given, as far as memory goes.
 * @param from places of movable pages, ascending
 * @returns how many moved: the first so many
 */
export function moveSinglePages(
  machine: Machine,
  zones: readonly Zone[],
  from: { readonly section: OpenSection; readonly places: Int32Array },
): number {
  const { section, places } = from
  const source = section.pages
  const { owners } = machine.state.memory
  let next = 0
  let ownerId = 0
  let rmap: Float64Array | undefined
  const count = places.length
  const moved = takePages(
    machine,
    { zones, count, mobility: 'movable', kind: 'lru' },
    (to, run) => {
      const target = to.pages
      const base = sectionBase(machine, to)
      for (let place = run.start; place < run.end; place++) {
        const old = places[next++] ?? 0
        const id = source.owner[old] ?? 0
        const index = source.index[old] ?? 0
        target.owner[place] = id
        target.index[place] = index
        target.data[place] = source.data[old] ?? 0
        if (id !== ownerId) {
          ownerId = id
          rmap = owners.get(id)?.pages
        }
        if (rmap !== undefined && id !== 0) rmap[index] = base + place
      }
    },
  )
  freePlaces(machine, { section, places: places.subarray(0, moved) })
  return moved
}

/** Frees single pages of a section, neighbours together. @param freed places, ascending */
function freePlaces(
  machine: Machine,
  freed: { readonly section: OpenSection; readonly places: Int32Array },
): void {
  const { section, places } = freed
  for (let i = 0; i < places.length; ) {
    const start = places[i] ?? 0
    let end = start + 1
    for (i++; places[i] === end; i++) end++
    freeRange(machine, { section, range: { start, end } })
  }
}

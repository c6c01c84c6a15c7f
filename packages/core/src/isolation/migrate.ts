import { type NodeId, type Pfn, pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import { takePages } from '../allocator/allocate'
import { freeRange } from '../allocator/buddy'
import { moveHugePage } from '../allocator/huge'
import { zonelist } from '../allocator/zonelist'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { Zone } from '../model/zone'
import { isMaterialised, type MaterialisedSection, sectionBase } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'
import { readableSlices } from '../section-pages/section-range'

export type ScanResult =
  | { readonly kind: 'found' | 'unmovable'; readonly pfn: Pfn }
  | { readonly kind: 'none' }

/**
 * Looks for the next page that has to move before a range can go: on the LRU, or a huge page in use.
 * `unmovable` is a withheld page that is still referred to: it will never go.
 * @param where `from`: pfn to begin at, inside the range
 * Source: scan_movable_pages, mm/memory_hotplug.c 6.1; spec 4.4.
 */
export function scanMovable(
  machine: Machine,
  where: { readonly range: PfnRange; readonly from: number },
): ScanResult {
  const start = pfn(Math.max(where.range.start, where.from))
  for (const part of readableSlices(machine, { start, end: where.range.end })) {
    const { section } = part
    if (!section.online || (!isMaterialised(section) && section.summary !== 'captured')) continue
    const found = scanSection(materialise(machine, section.nr), part)
    if (found === undefined) continue
    return { kind: found.kind, pfn: pfn(sectionBase(machine, section) + found.pageIndex) }
  }
  return { kind: 'none' }
}

function scanSection(
  section: MaterialisedSection,
  part: Range,
): { readonly kind: 'found' | 'unmovable'; readonly pageIndex: number } | undefined {
  const { kind, flags, order } = section.pages
  for (let pageIndex = part.start; pageIndex < part.end; ) {
    const at = kind[pageIndex]
    if (at === PAGE_KIND.lru || at === PAGE_KIND.hugetlb) return { kind: 'found', pageIndex }
    const referenced = ((flags[pageIndex] ?? 0) & PAGE_FLAG.pinned) !== 0
    if (at === PAGE_KIND.withheld && referenced) return { kind: 'unmovable', pageIndex }
    pageIndex += at === PAGE_KIND.free ? 1 << (order[pageIndex] ?? 0) : 1
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

/** One pass of migration: what it may use, and its result. */
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
  for (const part of readableSlices(machine, what.range)) {
    const { section } = part
    if (section.online && (isMaterialised(section) || section.summary === 'captured')) {
      migratePart(machine, pass, { section: materialise(machine, section.nr), range: part })
    }
  }
  const { migrated, failed, failedCount } = pass
  return { migrated, failed, failedCount }
}

interface SectionRange {
  readonly section: MaterialisedSection
  readonly range: Range
}

function migratePart(machine: Machine, pass: Pass, where: SectionRange): void {
  const { section } = where
  const base = sectionBase(machine, section)
  const found = collect(where, (pageIndex) =>
    fail(pass, { pfn: pfn(base + pageIndex), reason: 'pinned' }),
  )
  const moved = moveSinglePages(machine, pass.zones, { section, pageIndexes: found.single })
  pass.migrated += moved
  for (const pageIndex of found.single.subarray(moved)) {
    fail(pass, { pfn: pfn(base + pageIndex), reason: 'no-memory' })
  }
  for (const pageIndex of found.huge) {
    const pages = 1 << (section.pages.order[pageIndex] ?? 0)
    if (moveHugePage(machine, { section, pageIndex, nodes: pass.nodes })) pass.migrated += pages
    else fail(pass, { pfn: pfn(base + pageIndex), reason: 'no-memory' })
  }
}

/** What moves in a part of a section: places of single pages, and of the heads of huge ones. */
interface Movable {
  readonly single: Int32Array
  readonly huge: readonly number[]
}

function collect(where: SectionRange, pinned: (pageIndex: number) => void): Movable {
  const { start, end } = where.range
  const { kind, flags, order } = where.section.pages
  const single = new Int32Array(end - start)
  const huge: number[] = []
  let count = 0
  for (let pageIndex = start; pageIndex < end; pageIndex++) {
    const at = kind[pageIndex]
    if (at === PAGE_KIND.free) {
      pageIndex += (1 << (order[pageIndex] ?? 0)) - 1
    } else if (at === PAGE_KIND.hugetlb) {
      huge.push(pageIndex)
    } else if (at === PAGE_KIND.lru) {
      if (((flags[pageIndex] ?? 0) & PAGE_FLAG.pinned) !== 0) pinned(pageIndex)
      else single[count++] = pageIndex
    }
  }
  return { single: single.subarray(0, count), huge }
}

/**
 * Moves pages on the LRU, in the order given, as far as memory goes.
 * @param from places of movable pages, ascending
 * @returns how many moved, counted from the first
 */
export function moveSinglePages(
  machine: Machine,
  zones: readonly Zone[],
  from: { readonly section: MaterialisedSection; readonly pageIndexes: Int32Array },
): number {
  const { section, pageIndexes } = from
  const source = section.pages
  const { allocations } = machine.state.memory
  const targets: { first: number; pageCount: number }[] | undefined = machine.observers.areAny
    ? []
    : undefined
  let next = 0
  let ownerId = 0
  let rmap: Float64Array | undefined
  const count = pageIndexes.length
  const moved = takePages(
    machine,
    { zones, count, mobility: 'movable', kind: 'lru' },
    (to, run) => {
      const target = to.pages
      const base = sectionBase(machine, to)
      for (let pageIndex = run.start; pageIndex < run.end; pageIndex++) {
        const old = pageIndexes[next++] ?? 0
        const id = source.owner[old] ?? 0
        const index = source.index[old] ?? 0
        target.owner[pageIndex] = id
        target.index[pageIndex] = index
        target.data[pageIndex] = source.data[old] ?? 0
        if (id !== ownerId) {
          ownerId = id
          rmap = allocations.get(id)?.pages
        }
        if (rmap !== undefined && id !== 0) rmap[index] = base + pageIndex
      }
      targets?.push({ first: base + run.start, pageCount: run.end - run.start })
    },
  )
  freePlaces(machine, { section, pageIndexes: pageIndexes.subarray(0, moved) })
  if (targets !== undefined) tellMoves(machine, { section, pageIndexes, targets })
  return moved
}

/** Tells observers where pages went, those together that went together. */
function tellMoves(
  machine: Machine,
  moved: {
    readonly section: MaterialisedSection
    readonly pageIndexes: Int32Array
    readonly targets: readonly { readonly first: number; readonly pageCount: number }[]
  },
): void {
  const { pageIndexes } = moved
  const base = sectionBase(machine, moved.section)
  let next = 0
  for (const { first, pageCount } of moved.targets) {
    for (let done = 0; done < pageCount; ) {
      const start = pageIndexes[next] ?? 0
      const to = pfn(first + done)
      let length = 0
      while (done < pageCount && pageIndexes[next] === start + length) {
        length += 1
        done += 1
        next += 1
      }
      const from = pfn(base + start)
      machine.observers.tell({ kind: 'pages-moved', from, to, pageCount: length })
    }
  }
}

/** Frees single pages of a section, neighbours together. @param freed places, ascending */
function freePlaces(
  machine: Machine,
  freed: { readonly section: MaterialisedSection; readonly pageIndexes: Int32Array },
): void {
  const { section, pageIndexes } = freed
  for (let i = 0; i < pageIndexes.length; ) {
    const start = pageIndexes[i] ?? 0
    let end = start + 1
    for (i++; pageIndexes[i] === end; i++) end++
    freeRange(machine, { section, range: { start, end } })
  }
}

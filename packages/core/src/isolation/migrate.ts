import { type NodeId, type Pfn, pfn } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import { takePages } from '../allocator/allocate'
import { freeRange } from '../allocator/buddy'
import { zonelist } from '../allocator/zonelist'
import { failsAt } from '../machine/faults'
import type { Machine } from '../model/machine'
import type { MigrationFailure, MigrationPass } from '../model/migration'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { Zone } from '../model/zone'
import { endOfAlike } from '../section-pages/alike'
import { isMaterialised, ownedColumns, sectionBase, stampPages } from '../section-pages/columns'
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
    pageIndex =
      at === PAGE_KIND.free
        ? pageIndex + (1 << (order[pageIndex] ?? 0))
        : endOfAlike(section.pages, { start: pageIndex, end: part.end })
  }
  return undefined
}

export interface MigrationResult {
  /** Pages that moved. */
  readonly migrated: number
  /** The first pages that did not, at most `MIGRATION_FAILURE_LIMIT`, ascending within each section. */
  readonly failed: readonly MigrationFailure[]
  readonly failedCount: number
  /** Some of them failed by an injected fault: they may move the next time. */
  readonly mayMoveLater: boolean
}

/** How many failures one pass names; the kernel limits the rate of its messages. */
const MIGRATION_FAILURE_LIMIT = 16

/**
 * Nodes that migration may use: all that have memory but the source; the source only where there is no other.
 * @alpha
 */
export function migrationTargets(machine: Machine, source: NodeId): readonly NodeId[] {
  const others: NodeId[] = []
  for (const node of machine.state.memory.nodes.values()) {
    if (node.hasMemory && node.id !== source) others.push(node.id)
  }
  return others.length > 0 ? others : [source]
}

/** Tells of a page that stayed. */
export function fail(pass: MigrationPass, failure: MigrationFailure): void {
  pass.failedCount += 1
  if (pass.failed.length < MIGRATION_FAILURE_LIMIT) pass.failed.push(failure)
}

/** Pages that are to move, and where to. */
interface MigrationRequest {
  readonly zone: Zone
  readonly range: PfnRange
  /** Nodes that may take them; default: `migrationTargets`. */
  readonly targets?: readonly NodeId[]
}

/**
 * Tries once to move every movable page of a range elsewhere: content, owner and place in the owner move along.
 * @param what its pages should be isolated, or they may move within the range
 * Source: do_migrate_range, mm/memory_hotplug.c 6.1; spec 4.4.
 */
export function migrateRange(machine: Machine, what: MigrationRequest): MigrationResult {
  const { nodeId } = what.zone
  const nodes = what.targets ?? migrationTargets(machine, nodeId)
  const zones = zonelist(machine, { nodeId, mobility: 'movable', nodes })
  const pass: MigrationPass = {
    zones,
    nodes,
    nodeId,
    failed: [],
    migrated: 0,
    failedCount: 0,
    mayMoveLater: false,
    hugeEnd: 0,
  }
  for (const part of readableSlices(machine, what.range)) {
    const { section } = part
    if (section.online && (isMaterialised(section) || section.summary === 'captured')) {
      migratePart(machine, pass, { section: materialise(machine, section.nr), range: part })
    }
  }
  const { migrated, failed, failedCount, mayMoveLater } = pass
  return { migrated, failed, failedCount, mayMoveLater }
}

interface SectionRange {
  readonly section: MaterialisedSection
  readonly range: Range
}

function migratePart(machine: Machine, pass: MigrationPass, where: SectionRange): void {
  const { section } = where
  const base = sectionBase(machine, section)
  const found = collect(where, (pageIndex) =>
    fail(pass, { pfn: pfn(base + pageIndex), reason: 'pinned' }),
  )
  const { zones } = pass
  const isHindered = found.single.length > 0 && failsAt(machine, 'migration/page')
  const moved = isHindered ? 0 : moveSinglePages(machine, zones, { section, runs: found.single })
  pass.mayMoveLater ||= isHindered
  pass.migrated += moved
  for (const run of cutRuns(found.single, moved).after) {
    for (let pageIndex = run.start; pageIndex < run.end; pageIndex++) {
      fail(pass, { pfn: pfn(base + pageIndex), reason: 'no-memory' })
    }
  }
  const huge = found.huge.map((pageIndex) => pfn(base + pageIndex))
  machine.subsystems.hugePages?.migrate(machine, pass, huge)
}

/** What moves in a part of a section, by places, ascending: runs of single pages, and the heads of huge ones. */
interface Movable {
  readonly single: readonly Range[]
  readonly huge: readonly number[]
}

function collect(where: SectionRange, pinned: (pageIndex: number) => void): Movable {
  const { start, end } = where.range
  const { kind, order } = where.section.pages
  const single: Range[] = []
  const huge: number[] = []
  for (let pageIndex = start; pageIndex < end; ) {
    const at = kind[pageIndex]
    if (at === PAGE_KIND.lru) {
      const stop = endOfMovable(where.section, { start: pageIndex, end })
      if (stop === pageIndex) pinned(pageIndex)
      else single.push({ start: pageIndex, end: stop })
      pageIndex = Math.max(stop, pageIndex + 1)
      continue
    }
    if (at === PAGE_KIND.hugetlb) huge.push(pageIndex)
    pageIndex += at === PAGE_KIND.free ? 1 << (order[pageIndex] ?? 0) : 1
  }
  return { single, huge }
}

/** Where a run of pages on the LRU that are not pinned ends, which begins with the range. */
function endOfMovable({ pages }: MaterialisedSection, { start, end }: Range): number {
  const { kind, flags } = pages
  const { lru } = PAGE_KIND
  const { pinned } = PAGE_FLAG
  let pageIndex = start
  while (pageIndex < end && kind[pageIndex] === lru && ((flags[pageIndex] ?? 0) & pinned) === 0) {
    pageIndex++
  }
  return pageIndex
}

/** Cuts runs behind their first `count` pages. */
function cutRuns(
  runs: readonly Range[],
  count: number,
): { readonly before: readonly Range[]; readonly after: readonly Range[] } {
  const before: Range[] = []
  const after: Range[] = []
  let left = count
  for (const { start, end } of runs) {
    const cut = Math.min(start + left, end)
    left -= cut - start
    if (start < cut) before.push({ start, end: cut })
    if (cut < end) after.push({ start: cut, end })
  }
  return { before, after }
}

/**
 * Moves pages on the LRU, in the order given, as far as memory goes.
 * @param from runs of movable pages, by places, ascending
 * @returns how many moved, counted from the first
 */
export function moveSinglePages(
  machine: Machine,
  zones: readonly Zone[],
  from: { readonly section: MaterialisedSection; readonly runs: readonly Range[] },
): number {
  const { section, runs } = from
  const count = runs.reduce((sum, run) => sum + run.end - run.start, 0)
  const moves: Move[] = []
  let run = 0
  let next = runs[0]?.start ?? 0
  const moved = takePages(
    machine,
    { zones, count, mobility: 'movable', kind: 'lru' },
    (to, taken) => {
      for (let pageIndex = taken.start; pageIndex < taken.end; ) {
        const end = runs[run]?.end ?? next
        const size = Math.min(end - next, taken.end - pageIndex)
        const range = { start: next, end: next + size }
        moves.push(movePages(machine, { section, range }, { section: to, pageIndex }))
        pageIndex += size
        next += size
        if (next === end) next = runs[++run]?.start ?? 0
      }
    },
  )
  for (const range of cutRuns(runs, moved).before) freeRange(machine, { section, range })
  if (!machine.observers.hear('pages-moved')) return moved
  for (const move of moves) machine.observers.tell({ kind: 'pages-moved', ...move })
  return moved
}

/** Neighbouring pages that moved together. */
interface Move {
  readonly from: Pfn
  readonly to: Pfn
  readonly pageCount: number
}

/** Moves what neighbouring pages hold to other ones, and the entries of their owners along. */
function movePages(
  machine: Machine,
  from: SectionRange,
  to: { readonly section: MaterialisedSection; readonly pageIndex: number },
): Move {
  const { start, end } = from.range
  const first = sectionBase(machine, to.section) + to.pageIndex
  const pageCount = end - start
  const move = { from: pfn(sectionBase(machine, from.section) + start), to: pfn(first), pageCount }
  const source = from.section.pages.owned
  if (source === null) return move
  const target = ownedColumns(to.section.pages)
  stampPages(to.section.pages, { start: to.pageIndex, end: to.pageIndex + pageCount })
  target.owner.set(source.owner.subarray(start, end), to.pageIndex)
  target.index.set(source.index.subarray(start, end), to.pageIndex)
  target.data.set(source.data.subarray(start, end), to.pageIndex)
  for (let run = start; run < end; ) {
    const id = source.owner[run] ?? 0
    let stop = run + 1
    while (stop < end && source.owner[stop] === id) stop++
    const rmap = id === 0 ? undefined : machine.state.memory.allocations.get(id)?.pages
    if (rmap !== undefined) {
      for (let page = run; page < stop; page++) rmap[source.index[page] ?? 0] = first + page - start
    }
    run = stop
  }
  return move
}

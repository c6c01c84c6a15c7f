import { InvariantViolation, invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPES } from '../model/page'
import type { Zone } from '../model/zone'
import { isMaterialised } from '../section-pages/columns'
import { checkDescriptors, checkSummary } from './check-section'
import { createPageTally, type PageTally, type ZoneTally } from './page-tally'

/**
 * Throws where the page layer contradicts itself: free lists and descriptors, counts, isolation, owners, huge pages,
 * untouched runs, boot extents. For tests and for the end of simulated steps: it reads every page that is materialised.
 * @throws InvariantViolation
 * @alpha
 */
export function checkPages(machine: Machine): void {
  checkExtents(machine)
  const counted = createPageTally()
  for (const section of machine.state.memory.sections.separated.values()) {
    if (isMaterialised(section)) checkDescriptors(machine, counted, section)
    else checkSummary(machine, counted, section)
  }
  for (const zone of machine.state.memory.zones.values()) checkZone(zone, counted.zone(zone.key))
  checkUntouchedRuns(machine, counted)
  checkAllocations(machine, counted)
  checkHugePools(machine, counted)
}

function checkExtents(machine: Machine): void {
  const { bootExtents, runs, separated } = machine.state.memory.sections
  let end = 0
  for (const extent of bootExtents) {
    invariant(end <= extent.startPfn, 'Boot extents are ascending and disjoint.')
    end = extent.endPfn
  }
  let last = 0
  for (const run of runs) {
    invariant(last <= run.start && run.start < run.end, 'Section runs are ascending and disjoint.')
    last = run.end
  }
  for (const nr of separated.keys()) {
    const twice = runs.some((run) => run.start <= nr && nr < run.end)
    invariant(!twice, `Section ${nr} is touched and in a run.`)
  }
}

function checkZone(zone: Zone, tally: ZoneTally): void {
  const { free, key } = zone
  const listed = [...free.lists.values()].reduce((count, list) => count + list.size, 0)
  invariant(listed === tally.chunks, `${key}: ${listed} chunks are listed, ${tally.chunks} exist.`)
  const untouched = free.untouchedRuns.reduce((pages, run) => pages + run.end - run.start, 0)
  const { freePages, capturedFreePages } = free
  const counted = tally.freePages + tally.capturedFreePages + untouched
  invariant(freePages === counted, `${key}: ${freePages} free pages, ${counted} are there.`)
  invariant(
    capturedFreePages === tally.capturedFreePages && free.captured.size === tally.captured,
    `${key}: captured sections are miscounted.`,
  )
  const { isolatedPageblocks } = zone
  invariant(
    isolatedPageblocks === tally.isolatedPageblocks,
    `${key}: ${isolatedPageblocks} pageblocks isolated, ${tally.isolatedPageblocks} are.`,
  )
  invariant(zone.perCpuDisabled >= 0, `${key}: per-CPU lists are enabled too often.`)
  const inLists = new Set(zone.perCpu)
  invariant(
    inLists.size === zone.perCpu.length && inLists.size === tally.perCpu,
    `${key}: ${zone.perCpu.length} pages in per-CPU lists, ${tally.perCpu} are marked so.`,
  )
  for (const [index, list] of free.lists) checkList(zone, { index, list })
}

function checkList(
  zone: Zone,
  free: { readonly index: number; readonly list: ReadonlySet<number> },
): void {
  const order = Math.floor(free.index / MIGRATE_TYPES)
  for (const head of free.list) {
    if (head % 2 ** order === 0) continue
    throw new InvariantViolation(`${zone.key}: chunk ${head} of order ${order} is not aligned.`)
  }
}

/** Untouched runs are exactly the untouched free runs and the touched sections that are wholly free. */
function checkUntouchedRuns(machine: Machine, counted: PageTally): void {
  const { pagesPerSection } = machine.geometry
  const { zones, sections } = machine.state.memory
  const runs = [...zones.values()].flatMap((zone) => zone.free.untouchedRuns)
  const untouched = sections.runs
    .filter((run) => run.summary === 'free')
    .map((run) => ({ start: run.start * pagesPerSection, end: run.end * pagesPerSection }))
  const expected = join([...untouched, ...counted.whollyFree])
  const found = join(runs)
  invariant(
    JSON.stringify(found) === JSON.stringify(expected),
    `Untouched runs are ${JSON.stringify(found)}, wholly free memory is ${JSON.stringify(expected)}.`,
  )
}

/** Sorts ranges and joins those that touch. @throws InvariantViolation where two overlap */
function join(ranges: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  const joined: { start: number; end: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    invariant(last === undefined || last.end <= range.start, 'Free ranges do not overlap.')
    if (last !== undefined && last.end === range.start) last.end = range.end
    else joined.push({ ...range })
  }
  return joined
}

/** What the descriptors say of an owner is what the owner says. Descriptors were checked one by one before. */
function checkAllocations(machine: Machine, counted: PageTally): void {
  for (const owner of machine.state.memory.allocations.values()) {
    if (owner.kind === 'background') continue
    const has = owner.pages.reduce((count, page) => count + (page === -1 ? 0 : 1), 0)
    const marked = counted.ownerPages.get(owner.id) ?? 0
    invariant(
      has === marked,
      `Owner ${owner.id} has ${has} pages, ${marked} are marked as its own.`,
    )
  }
}

function checkHugePools(machine: Machine, counted: PageTally): void {
  let heads = 0
  for (const pool of machine.state.memory.hugePools) {
    heads += pool.free.size + pool.used.size
    const agrees = (pages: Set<number>, kind: string): boolean =>
      [...pages].every((page) => counted.hugeHeads.get(page) === `${kind} ${pool.order}`)
    invariant(
      agrees(pool.free, 'hugetlbFree') && agrees(pool.used, 'hugetlb'),
      `The pool of node ${pool.nodeId}, order ${pool.order}, names pages that are not in it.`,
    )
  }
  invariant(
    heads === counted.hugeHeads.size,
    `${counted.hugeHeads.size} huge pages, ${heads} in pools.`,
  )
}

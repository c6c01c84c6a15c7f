import { type IntervalSet, intervalAtOrAbove } from '../address/interval-set'
import { type Range, rangeContains } from '../address/range'
import { InvariantViolation, invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { TrackedAllocation } from '../model/page'
import type { FreeList, Zone } from '../model/zone'
import { listSize } from '../section-pages/free-list'
import { pieceOrder, piecesOf } from '../section-pages/huge-pool'
import type { PageTally, ZoneTally } from './page-tally'

/** Each chunk of a list is reached from its start. Costs a look at each. @throws InvariantViolation */
function checkLinks(key: string, list: FreeList): void {
  let [reached, before] = [0, -1]
  for (let head = list.first; head !== -1; head = list.next.get(head) ?? -1) {
    invariant(list.previous.get(head) === before, `${key}: chunk ${head} is out of order.`)
    before = head
    reached += 1
  }
  const isWhole = reached === list.next.size && reached === list.previous.size
  invariant(isWhole && list.last === before, `${key}: ${reached} chunks of a list are reached.`)
}

/** Each chunk of each list of a zone is reached. @throws InvariantViolation */
export function checkLists({ key, free }: Zone): void {
  for (const list of free.lists.values()) checkLinks(key, list)
}

/**
 * Compares what a zone counts with its descriptors. Each chunk was found in the list of its order and type, and each
 * per-CPU page in its list: where the numbers agree, the lists hold nothing else.
 * @throws InvariantViolation
 */
export function checkZone(zone: Zone, tally: ZoneTally): void {
  const { free, key, isolatedPageblocks, perCpu } = zone
  let listed = 0
  for (const list of free.lists.values()) listed += listSize(list)
  if (listed !== tally.chunks)
    throw new InvariantViolation(`${key}: ${listed} chunks are listed, ${tally.chunks} exist.`)
  let counted = tally.freePages + tally.capturedFreePages
  for (const { start, end } of free.untouchedRuns) counted += end - start
  if (free.freePages !== counted)
    throw new InvariantViolation(`${key}: ${free.freePages} free pages, ${counted} are there.`)
  const { capturedFreePages, captured } = tally
  if (free.capturedFreePages !== capturedFreePages || free.captured.size !== captured)
    throw new InvariantViolation(`${key}: captured sections are miscounted.`)
  if (isolatedPageblocks !== tally.isolatedPageblocks) {
    const text = `${isolatedPageblocks} pageblocks isolated, ${tally.isolatedPageblocks} are`
    throw new InvariantViolation(`${key}: ${text}.`)
  }
  invariant(zone.perCpuDisabled >= 0, 'Per-CPU lists are not enabled more often than disabled.')
  if (perCpu.length !== tally.perCpu) {
    const text = `${perCpu.length} pages in per-CPU lists, ${tally.perCpu} are marked so`
    throw new InvariantViolation(`${key}: ${text}.`)
  }
}

/**
 * Untouched runs are exactly the untouched free runs and the written sections that are wholly free. Costs a look at each:
 * sections are apart from each other, so that they are all there is where each is in a run and their sizes are those of the runs.
 * @param whollyFree of each written section
 * @throws InvariantViolation
 */
export function checkUntouchedRuns(machine: Machine, whollyFree: Iterable<readonly Range[]>): void {
  const { zones } = machine.state.memory
  const found = { ranges: join([...zones.values()].flatMap((zone) => zone.free.untouchedRuns)) }
  let left = 0
  for (const { start, end } of found.ranges) left += end - start
  const expected = [untouchedFreeRuns(machine), ...whollyFree]
  let isSame = true
  for (const ranges of expected) {
    for (const range of ranges) {
      left -= range.end - range.start
      isSame &&= isInOne(found, range)
    }
  }
  if (isSame && left === 0) return
  const text = `${JSON.stringify(found.ranges)}, wholly free memory is ${JSON.stringify(join(expected.flat()))}`
  throw new InvariantViolation(`Untouched runs are ${text}.`)
}

/** Runs of free sections that nothing has written, in pages. */
function untouchedFreeRuns({ geometry, state }: Machine): readonly Range[] {
  const { pagesPerSection } = geometry
  return state.memory.sections.runs
    .filter((run) => run.summary === 'free')
    .map((run) => ({ start: run.start * pagesPerSection, end: run.end * pagesPerSection }))
}

/** Whether one of the ranges contains a range. */
function isInOne(set: IntervalSet, range: Range): boolean {
  const found = intervalAtOrAbove(set, range.start)
  return found !== undefined && rangeContains(found, range)
}

/** Sorts ranges and joins those that touch. @throws InvariantViolation where two overlap */
function join(ranges: readonly Range[]): IntervalSet['ranges'] {
  const joined: IntervalSet['ranges'] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    invariant(last === undefined || last.end <= range.start, 'Free ranges do not overlap.')
    if (last !== undefined && last.end === range.start) last.end = range.end
    else joined.push({ start: range.start, end: range.end })
  }
  return joined
}

/**
 * What the descriptors say of an owner is what the owner says. Descriptors were checked one by one before.
 * @param marked pages that are marked as its own
 * @throws InvariantViolation
 */
export function checkAllocation(owner: TrackedAllocation, marked: number): void {
  if (owner.kind === 'background' || owner.pages.length === marked) return
  let has = 0
  for (const page of owner.pages) if (page !== -1) has += 1
  if (has !== marked)
    throw new InvariantViolation(
      `Owner ${owner.id} has ${has} pages, ${marked} are marked as its own.`,
    )
}

/** The pools hold the huge pages that descriptors show, each once. @throws InvariantViolation */
export function checkHugePools(machine: Machine, { hugeHeads }: PageTally): void {
  const { state } = machine
  let heads = 0
  for (const { nodeId, order, free, used } of state.memory.hugePools) {
    const piece = pieceOrder(machine, order)
    heads += (free.size + used.size) * 2 ** (order - piece)
    const agrees = (pages: Set<number>, kind: string): boolean =>
      [...pages].every((head) =>
        piecesOf(machine, { head, order }).every(
          (page) => hugeHeads.get(page) === `${kind} ${piece}`,
        ),
      )
    if (agrees(free, 'hugetlbFree') && agrees(used, 'hugetlb')) continue
    throw new InvariantViolation(
      `The pool of node ${nodeId}, order ${order}, names pages that are not in it.`,
    )
  }
  if (heads !== hugeHeads.size)
    throw new InvariantViolation(
      `${hugeHeads.size} huge pages or pieces of them, ${heads} in pools.`,
    )
}

import type { Range } from '../address/range'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import {
  MIGRATE_TYPE,
  PAGE_KIND,
  type PageColumns,
  type PageKindName,
  type TrackedAllocation,
} from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import { ownerWord } from '../page-use/tracked-allocation'
import { findSection } from '../section/section-table'
import { backgroundAllocation } from '../section-pages/captured-use'
import { planCapturedUse } from '../section-pages/captured-use-plan'
import { isMaterialised, ownedColumns, ownerAt } from '../section-pages/columns'
import { zoneExtents } from '../section-pages/zone-slice'

/** Pages that follow each other and are alike. */
export interface CanonicalRun {
  /** Place of the first page in the section. */
  readonly start: number
  count: number
  /** `free` for all pages that are free, in whatever chunk or per-CPU list. */
  readonly kind: PageKindName
  readonly flags: number
  /** Order of the huge pages, else 0. */
  readonly order: number
  readonly owner: number
  /** Index of the first page in its owner; it counts up where `content` is `intact`. */
  readonly index: number
  /** `intact`: what the owner wrote. Else the word of every page. */
  readonly content: 'intact' | number
}

/** Everything about a section that counts, however it is stored. Plain data. */
export interface CanonicalSection {
  readonly nodeId: number
  readonly early: boolean
  readonly online: boolean
  /** Zones of the pages, by places; holes are in none. */
  readonly zones: readonly { readonly start: number; readonly end: number; readonly zone: string }[]
  readonly selfHostedPages: number
  /** Runs of isolated pageblocks, by their numbers in the section. */
  readonly isolated: readonly Range[]
  readonly runs: readonly CanonicalRun[]
  /** Pfns of poisoned pages of an offline section, ascending; online ones are flagged in `runs`. */
  readonly poisonedPages: readonly number[]
}

const BLANK = { flags: 0, order: 0, owner: 0, index: 0, content: 0 } as const

/** A copy in one order of keys, so that equal runs have equal JSON. */
const inKeyOrder = (run: CanonicalRun): CanonicalRun => ({
  start: run.start,
  count: run.count,
  kind: run.kind,
  flags: run.flags,
  order: run.order,
  owner: run.owner,
  index: run.index,
  content: run.content,
})

/** Appends pages, joined with the last run where they go on with it. */
function append(runs: CanonicalRun[], added: CanonicalRun): void {
  const last = runs.at(-1)
  const goesOn =
    last !== undefined &&
    last.start + last.count === added.start &&
    last.kind === added.kind &&
    last.flags === added.flags &&
    last.order === added.order &&
    last.owner === added.owner &&
    last.content === added.content &&
    added.index === (added.content === 'intact' ? last.index + last.count : last.index)
  if (goesOn) last.count += added.count
  else runs.push(inKeyOrder(added))
}

/**
 * The canonical value of a section: equal for two sections whose pages are equal, materialised or not. What does not
 * count: how free pages are cut into chunks and in which list they lie, and the migrate type of a pageblock, but
 * for isolation (the kernel does not restore it either).
 */
export function canonicalSection(machine: Machine, section: Readonly<Section>): CanonicalSection {
  const { pagesPerSection } = machine.geometry
  const attached = { start: 0, end: pagesPerSection, zone: section.zone ?? '' }
  const offlineZones = section.zone === null ? [] : [attached]
  return {
    nodeId: section.nodeId,
    early: section.early,
    online: section.online,
    zones: section.online ? joinZones(zoneExtents(machine, section)) : offlineZones,
    selfHostedPages: section.selfHostedPages,
    isolated: isolatedBlocks(machine, section),
    runs: runsOf(machine, section),
    poisonedPages: [...section.poisonedPages].sort((a, b) => a - b),
  }
}

/** Zone parts, joined where two boot extents of one zone touch. */
function joinZones(parts: CanonicalSection['zones']): CanonicalSection['zones'] {
  const joined: { start: number; end: number; zone: string }[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && last.zone === part.zone && last.end === part.start)
      last.end = part.end
    else joined.push({ ...part })
  }
  return joined
}

function isolatedBlocks(machine: Machine, section: Readonly<Section>): readonly Range[] {
  const { pageblockPages, pagesPerSection } = machine.geometry
  if (!isMaterialised(section)) {
    const start = section.selfHostedPages / pageblockPages
    const end = pagesPerSection / pageblockPages
    return section.summary === 'isolated' && start < end ? [{ start, end }] : []
  }
  const runs: { start: number; end: number }[] = []
  section.pageblocks.forEach((type, block) => {
    if (type !== MIGRATE_TYPE.isolate) return
    const last = runs.at(-1)
    if (last !== undefined && last.end === block) last.end += 1
    else runs.push({ start: block, end: block + 1 })
  })
  return runs
}

function runsOf(machine: Machine, section: Readonly<Section>): readonly CanonicalRun[] {
  if (isMaterialised(section)) return openRuns(machine, section)
  const { pagesPerSection } = machine.geometry
  const { selfHostedPages } = section
  const whole = { ...BLANK, start: 0, count: pagesPerSection }
  if (section.summary === 'captured') return capturedRuns(machine, section)
  if (section.summary === 'offline') return [inKeyOrder({ ...whole, kind: 'offline' })]
  if (section.summary === 'reserved') return [inKeyOrder({ ...whole, kind: 'reserved' })]
  const free = { start: selfHostedPages, count: pagesPerSection - selfHostedPages }
  const runs: CanonicalRun[] = []
  if (selfHostedPages > 0)
    append(runs, { ...BLANK, start: 0, count: selfHostedPages, kind: 'selfHostedMemmap' })
  if (free.count > 0) append(runs, { ...BLANK, ...free, kind: 'free' })
  return runs
}

function capturedRuns(machine: Machine, section: Readonly<Section>): readonly CanonicalRun[] {
  const order = Math.log2(machine.geometry.pageblockPages)
  const runs: CanonicalRun[] = []
  for (const segment of planCapturedUse(machine, section)) {
    const { start, end, kind, flags } = segment
    const isHuge = kind === PAGE_KIND.hugetlb || kind === PAGE_KIND.hugetlbFree
    append(runs, {
      ...BLANK,
      start,
      count: end - start,
      kind: kindName(kind),
      flags,
      order: isHuge ? order : 0,
      owner: kind === PAGE_KIND.lru ? backgroundAllocation(machine, section.nodeId).id : 0,
    })
  }
  return runs
}

function openRuns(machine: Machine, section: MaterialisedSection): readonly CanonicalRun[] {
  const { allocations } = machine.state.memory
  const { pages } = section
  const { kind, flags, order, owned } = pages
  const runs: CanonicalRun[] = []
  for (let start = 0; start < kind.length; ) {
    const at = kind[start] ?? 0
    const head = order[start] ?? 0
    if (at === PAGE_KIND.free || at === PAGE_KIND.perCpu) {
      const end = endOfFree(pages, start)
      append(runs, { ...BLANK, start, count: end - start, kind: 'free' })
      start = end
      continue
    }
    const id = ownerAt(pages, start)
    const owner = id === 0 ? undefined : allocations.get(id)
    const word = owned?.data[start] ?? 0
    const pageIndex = owned?.index[start] ?? 0
    const intact = hasContent(owner) && word === ownerWord(owner.seed, pageIndex)
    const tail = at === PAGE_KIND.hugetlbTail ? runs.at(-1) : undefined
    const end = intact
      ? endOfIntact(pages, { id, seed: owner.seed }, start)
      : endOfAlike(pages, start)
    append(runs, {
      start,
      count: end - start,
      kind: tail?.kind ?? kindName(at),
      flags: flags[start] ?? 0,
      order: tail?.order ?? head,
      owner: id,
      index: pageIndex,
      content: intact ? 'intact' : word,
    })
    start = end
  }
  return runs
}

/** The end of the pages from a place on that are free, in whatever chunk or per-CPU list. */
function endOfFree({ kind, order }: PageColumns, start: number): number {
  let end = start
  while (kind[end] === PAGE_KIND.free || kind[end] === PAGE_KIND.perCpu)
    end += 1 << (order[end] ?? 0)
  return end
}

/** The end of the pages from a place on that have the same columns. */
function endOfAlike(pages: PageColumns, start: number): number {
  const { owned } = pages
  const end = endOfUse(pages, start)
  if (owned === null) return end
  const { owner, index, data } = owned
  let at = start + 1
  while (
    at < end &&
    owner[at] === owner[start] &&
    index[at] === index[start] &&
    data[at] === data[start]
  )
    at += 1
  return at
}

/** The end of the pages from a place on that follow each other in their owner and hold what it wrote. */
function endOfIntact(
  pages: PageColumns,
  { id, seed }: Pick<TrackedAllocation, 'id' | 'seed'>,
  start: number,
): number {
  const { owner, index, data } = ownedColumns(pages)
  const end = endOfUse(pages, start)
  let next = index[start] ?? 0
  let at = start
  while (at < end && owner[at] === id && index[at] === next && data[at] === ownerWord(seed, next)) {
    at += 1
    next += 1
  }
  return at
}

/** The end of the pages from a place on that are of the same kind, flags and order. */
function endOfUse({ kind, flags, order }: PageColumns, start: number): number {
  const [is, flag, head] = [kind[start], flags[start], order[start]]
  let end = start + 1
  while (end < kind.length && kind[end] === is && flags[end] === flag && order[end] === head)
    end += 1
  return end
}

const hasContent = (owner: TrackedAllocation | undefined): owner is TrackedAllocation =>
  owner !== undefined && owner.kind !== 'background'

/** Neighbouring sections that are alike. `end` is exclusive. */
interface AlikeSections<T> {
  readonly start: number
  end: number
  readonly section: T
}

/** Neighbouring sections with equal canonical values. */
export type CanonicalSections = AlikeSections<CanonicalSection>

/**
 * The canonical value of the section table: ascending, neighbours that are alike together. It does not depend on which
 * sections were touched.
 */
export const canonicalSections = (machine: Machine): readonly CanonicalSections[] =>
  alikeSections(
    machine,
    (section) => canonicalSection(machine, section),
    (a, b) => JSON.stringify(a) === JSON.stringify(b),
  )

/**
 * The section table, with what describes each section: ascending, neighbours that are alike together. It takes as many
 * steps as there are runs, boot extents and touched sections.
 */
export function alikeSections<T>(
  machine: Machine,
  describe: (section: Readonly<Section>) => T,
  areAlike: (a: T, b: T) => boolean,
): readonly AlikeSections<T>[] {
  const { separated } = machine.state.memory.sections
  const singles = ascending(separated.keys(), separated.size)
  const joined: AlikeSections<T>[] = []
  const join = (start: number, end: number): void => {
    const seen = findSection(machine, start as Section['nr'])
    if (seen === undefined) return
    const section = describe(seen)
    const last = joined.at(-1)
    if (last !== undefined && last.end === start && areAlike(last.section, section)) last.end = end
    else joined.push({ start, end, section })
  }
  let next = 0
  const joinSinglesBelow = (limit: number): void => {
    for (let nr = singles[next]; nr !== undefined && nr < limit; nr = singles[++next])
      join(nr, nr + 1)
  }
  for (const { start, end } of untouchedPieces(machine)) {
    joinSinglesBelow(start)
    join(start, end)
  }
  joinSinglesBelow(Number.POSITIVE_INFINITY)
  return joined
}

/** Numbers in order: without a call for each comparison. */
function ascending(numbers: Iterable<number>, count: number): Float64Array {
  const sorted = new Float64Array(count)
  let next = 0
  for (const each of numbers) sorted[next++] = each
  return sorted.sort()
}

/** Runs of untouched sections, cut where their zone changes; ascending. */
function untouchedPieces(machine: Machine): readonly Range[] {
  const { runs, bootExtents } = machine.state.memory.sections
  const { pagesPerSection } = machine.geometry
  const cuts = bootExtents.map((extent) => Math.ceil(extent.endPfn / pagesPerSection))
  return runs.flatMap((run) => {
    const inside = cuts.filter((cut) => run.start < cut && cut < run.end)
    const edges = [run.start as number, ...inside.sort((a, b) => a - b), run.end]
    return edges.slice(1).map((end, i) => ({ start: edges[i] ?? end, end }))
  })
}

import type { NodeId } from '../address/brand'
import { takePages } from '../allocator/allocate'
import { freeRange } from '../allocator/buddy'
import { drainPerCpu } from '../allocator/per-cpu'
import { zonelist } from '../allocator/zonelist'
import { checkCount } from '../errors/check-count'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { OwnedColumns, TrackedAllocation } from '../model/page'
import type { Zone } from '../model/zone'
import { findSection, sectionOfPfn } from '../section/section-table'
import { ownedColumns, sectionBase, stampPages } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'

/** The word that page `index` of an owner holds, 32 bits. No two pages of an owner hold the same. */
export const ownerWord = (seed: number, index: number): number =>
  (seed + Math.imul(index, 0x9e3779b1)) >>> 0

/** Where the words of an owner begin: mixed by two rounds of multiply and shift, so that no owner's follow another's. */
function seedOf(id: number): number {
  let word = Math.imul(id + 1, 0x9e3779b1) >>> 0
  word = Math.imul(word ^ (word >>> 15), 0x85ebca6b) >>> 0
  return (word ^ (word >>> 13)) >>> 0
}

/** Memory that is requested at once. @public */
export interface TrackedAllocationRequest {
  readonly name: string
  /** `file` and `anonymous` memory can move; `kernel` memory cannot. */
  readonly kind: 'file' | 'anonymous' | 'kernel'
  readonly pageCount: number
  /** Node to begin at. */
  readonly nodeId: NodeId
  /** `bind`: that node or none. Default `prefer`: that node, then the next nearest. */
  readonly policy?: 'prefer' | 'bind'
}

/** Free pages of some zones, those of their per-CPU lists too. */
function freePagesOf(machine: Machine, zones: readonly Zone[], enough: number): number {
  const sum = (): number => zones.reduce((pages, zone) => pages + zone.free.freePages, 0)
  if (sum() < enough) for (const zone of zones) drainPerCpu(machine, zone)
  return sum()
}

/**
 * Allocates memory for a new owner, all of it or none, and fills it with `ownerWord`s.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM) with `wanted` and `free` pages, BAD_ARGUMENT (EINVAL) for a wrong count
 * @public
 */
export function allocateTracked(
  machine: Machine,
  request: TrackedAllocationRequest,
): TrackedAllocation {
  const { name, kind, pageCount, nodeId, policy } = request
  checkCount('pageCount', pageCount)
  const { memory } = machine.state
  const mobility = kind === 'kernel' ? 'unmovable' : 'movable'
  const nodes = policy === 'bind' ? [nodeId] : undefined
  const zones = zonelist(machine, { nodeId, mobility, nodes })
  const { contiguousMemory } = machine.subsystems
  const aside = (kind === 'kernel' && contiguousMemory?.freeIn(machine, zones)) || 0
  const free = freePagesOf(machine, zones, pageCount + aside) - aside
  if (free < pageCount) {
    const text = `"${name}" wants ${pageCount} pages, and ${free} are free.`
    const detail = { wanted: pageCount, free, nodeId, policy: policy ?? 'prefer' }
    throw new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail })
  }
  const id = memory.nextAllocationId++
  const pages = new Float64Array(pageCount).fill(-1)
  const owner: TrackedAllocation = { id, name, kind, pages, seed: seedOf(id) }
  memory.allocations.set(id, owner)
  fill(machine, owner, { zones, mobility })
  return owner
}

function fill(
  machine: Machine,
  owner: TrackedAllocation,
  from: { readonly zones: readonly Zone[]; readonly mobility: 'movable' | 'unmovable' },
): void {
  const { id, seed, pages } = owner
  const kind = from.mobility === 'movable' ? 'lru' : 'slab'
  let next = 0
  const taken = takePages(machine, { ...from, count: pages.length, kind }, (section, run) => {
    const { owner, index, data } = ownedColumns(section.pages)
    const base = sectionBase(machine, section)
    owner.fill(id, run.start, run.end)
    stampPages(section.pages, run)
    for (let pageIndex = run.start; pageIndex < run.end; pageIndex++) {
      index[pageIndex] = next
      data[pageIndex] = ownerWord(seed, next)
      pages[next] = base + pageIndex
      next += 1
    }
  })
  invariant(taken === pages.length, 'Memory that was free could not be allocated.')
}

/**
 * The tracked allocation of this id.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) where none has it
 * @public
 */
export function allocationOf(machine: Machine, id: number): TrackedAllocation {
  const owner = machine.state.memory.allocations.get(id)
  if (owner !== undefined) return owner
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `No tracked allocation has the id ${id}.`, {
    detail: { id },
  })
}

/**
 * Frees all pages of an owner and forgets it. Neighbouring pages go back together and past the per-CPU lists.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for an unknown id, and for a background, whose pages have no reverse map
 * @public
 */
export function releaseAllocation(machine: Machine, id: number): void {
  const owner = allocationOf(machine, id)
  if (owner.kind === 'background') {
    const text = `"${owner.name}" cannot be released.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { id } })
  }
  const { pagesPerSection } = machine.geometry
  const { pages } = owner
  for (let i = 0; i < pages.length; ) {
    const first = pages[i] ?? -1
    const count = runLength(pages, {
      index: i,
      most: first === -1 ? 1 : pagesPerSection - (first % pagesPerSection),
    })
    i += count
    if (first === -1) continue
    const section = materialise(machine, sectionOfPfn(machine, first))
    const start = first % pagesPerSection
    freeRange(machine, { section, range: { start, end: start + count } })
  }
  machine.state.memory.allocations.delete(id)
}

/**
 * Reads all pages of an owner and compares them with what was written.
 * @returns pages that hold something else, are not the owner's, or are lost
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for an unknown id
 * @public
 */
export function verifyAllocation(machine: Machine, id: number): number {
  const owner = allocationOf(machine, id)
  const { pages } = owner
  let intact = 0
  for (let index = 0; index < pages.length; ) {
    const first = pages[index] ?? -1
    const part = first === -1 ? undefined : readablePart(machine, first)
    if (part === undefined) {
      index += 1
      continue
    }
    const end = index + runLength(pages, { index, most: part.room })
    intact += countIntact(part.columns, owner, { index, end, pageIndex: part.pageIndex })
    index = end
  }
  return pages.length - intact
}

/** The descriptors around a page; undefined where there are none. */
function readablePart(
  machine: Machine,
  page: number,
):
  | { readonly columns: OwnedColumns; readonly pageIndex: number; readonly room: number }
  | undefined {
  const section = findSection(machine, sectionOfPfn(machine, page))
  const columns = section?.pages?.owned ?? null
  if (columns === null) return undefined
  const { pagesPerSection } = machine.geometry
  const pageIndex = page % pagesPerSection
  return { columns, pageIndex, room: pagesPerSection - pageIndex }
}

/** How many pages from an index on follow each other in memory. @param from `most`: where to stop */
function runLength(
  pages: Float64Array,
  from: { readonly index: number; readonly most: number },
): number {
  const { index, most } = from
  const first = pages[index] ?? -1
  let count = 1
  while (count < most && pages[index + count] === first + count) count++
  return count
}

/** Counts the pages of a run that are the owner's, at their index, with the right content. */
function countIntact(
  columns: OwnedColumns,
  owner: TrackedAllocation,
  run: { readonly index: number; readonly end: number; readonly pageIndex: number },
): number {
  const { id, seed } = owner
  let { pageIndex } = run
  let intact = 0
  for (let index = run.index; index < run.end; index++, pageIndex++) {
    if (
      columns.owner[pageIndex] === id &&
      columns.index[pageIndex] === index &&
      columns.data[pageIndex] === ownerWord(seed, index)
    ) {
      intact += 1
    }
  }
  return intact
}

import { type NodeId, pfn } from '../address/brand'
import type { Range } from '../address/range'
import { alignDown } from '../address/units'
import type { Machine } from '../model/machine'
import type { RegionName } from '../model/page-table-geometry'
import { forgetUnchangedBootTables } from './boot-forget'
import { kernelTables, regionPart } from './kernel-tables'
import {
  childPlace,
  dropTable,
  isEmptyTable,
  type PageTables,
  rootPlace,
  type TablePlace,
  writeTable,
} from './page-tables'
import { splitEntry } from './split-leaf'
import { entryIndex, isBootFrame, type LevelShape, orderOf } from './table-shape'
import type { RegionPart } from './table-walk'
import {
  adjustDirectMap,
  count,
  type LeafCount,
  leafCounts,
  newTally,
  type TableCount,
  type Tally,
  tableCounts,
} from './tally'

export interface UnmapRequest {
  readonly region: RegionName
  /** Bytes from the region's base. */
  readonly offset: number
  readonly sizeBytes: number
  /** Whose the pages are that the leaves map: somebody else's (the direct map), or the mapping's own (the memmap). */
  readonly frames: 'keep' | 'free'
  /** What becomes of a large leaf that reaches beyond the range. */
  readonly partialLeaf: 'keep' | 'split'
  /** Whether tables that have become empty go, level by level, as far as the arch lets them. */
  readonly emptyTables: 'free' | 'keep'
  /** Node that tables for splitting are taken from if it has memory. */
  readonly nodeId: NodeId
  /**
   * Leaves of base pages below this physical address stay, and with the first of them ends the work on its table:
   * the identity map of the kernel's first steps is permanent on x86.
   */
  readonly permanentBelow?: number
  /** Physical addresses, in bytes, of memory that holds its own memmap: pages there are not given back. */
  readonly selfHosted?: Range
}

/** Who had the pages that leaves mapped. */
export type FrameOwner =
  /** The page allocator, which has them back. */
  | 'allocator'
  /** Boot memory: they stay reserved. */
  | 'boot'
  /** The very memory that is being removed. */
  | 'self-hosted'

/** What an unmapping took away and what it left. Read it: something left is something still mapped. */
export interface Unmapped {
  readonly leaves: readonly LeafCount[]
  /** Tables that were freed. Boot tables among them: their pages stay reserved. */
  readonly tables: readonly TableCount[]
  readonly bootTables: number
  /** Leaves that were split to take only part of them. */
  readonly splitLeaves: number
  /** Pages that the leaves mapped, by owner; all zero with `frames: 'keep'`. */
  readonly framePages: Readonly<Record<FrameOwner, number>>
  /** Leaves that map part of the range still. */
  readonly left: readonly LeftLeaf[]
}

export interface LeftLeaf {
  /** Bytes from the region's base. */
  readonly offset: number
  readonly leafBytes: number
  readonly reason: 'partial' | 'no-memory-to-split' | 'permanent'
}

/**
 * Takes the leaves of a range away, and the tables that become empty. Never refuses: what cannot go is in `left`.
 * @throws HotplugError BAD_ARGUMENT, ADDRESS_OUT_OF_REACH for a range that is none
 * Source: remove_pagetable, arch/x86/mm/init_64.c 6.1; spec 5.4.
 */
export function unmapRange(machine: Machine, request: UnmapRequest): Unmapped {
  return unmapFrom(kernelTables(machine), request)
}

/** `unmapRange`, on tables in hand. */
export function unmapFrom(tables: PageTables, request: UnmapRequest): Unmapped {
  const { shape, state } = tables
  const part = regionPart(tables, request)
  const job: UnmapJob = {
    tables,
    request,
    tally: newTally(shape),
    framePages: { allocator: 0, boot: 0, 'self-hosted': 0 },
    left: [],
    bootTables: 0,
    splitLeaves: 0,
  }
  if (part.start < part.end) {
    const root = rootPlace(tables, part.region, part.start)
    clearTable(job, root, part)
    forgetUnchangedBootTables(tables, { place: root, start: part.start, end: part.end })
    if (shape.geometry.flush === 'all') state.flushes.all += 1
    else state.flushes.ranges += 1
  }
  const leaves = leafCounts(shape, job.tally.leaves)
  adjustDirectMap(tables, part.region, { leaves, sign: -1 })
  return {
    leaves,
    tables: tableCounts(shape, job.tally.tables),
    bootTables: job.bootTables,
    splitLeaves: job.splitLeaves,
    framePages: job.framePages,
    left: job.left,
  }
}

interface UnmapJob {
  readonly tables: PageTables
  readonly request: UnmapRequest
  readonly tally: Tally
  readonly framePages: Record<FrameOwner, number>
  readonly left: LeftLeaf[]
  bootTables: number
  splitLeaves: number
}

interface Entry {
  readonly place: TablePlace
  readonly words: Uint32Array
  readonly index: number
  readonly low: number
  readonly high: number
  /** Byte offset of what the entry spans. */
  readonly entryStart: number
}

function clearTable(job: UnmapJob, place: TablePlace, part: RegionPart): void {
  const { tables } = job
  const { entries } = tables.shape.geometry
  const { level, region } = place
  const words = writeTable(tables, place)
  let next = part.start
  for (let at = part.start; at < part.end; at = next) {
    const entryStart = alignDown(at, level.spanBytes)
    next = Math.min(entryStart + level.spanBytes, part.end)
    const index = entryIndex(region, level, at)
    const low = words[2 * index] ?? 0
    const high = words[2 * index + 1] ?? 0
    if (entries.isNone(low, high, level.index)) continue
    const entry = { place, words, index, low, high, entryStart }
    const below = { region, start: at, end: next }
    if (!entries.isLeaf(low, high, level.index)) {
      clearBelow(job, entry, { child: childPlace(tables, place, { low, high, offset: at }), below })
    } else if (isPermanent(job, entry)) {
      job.left.push({ offset: entryStart, leafBytes: level.spanBytes, reason: 'permanent' })
      break
    } else if (next - at === level.spanBytes) clearLeaf(job, entry)
    else clearPartOfLeaf(job, entry, below)
  }
  flushAfter(job, level)
}

function flushAfter(job: UnmapJob, level: LevelShape): void {
  const { shape, state } = job.tables
  const isLast = level.index + 1 === shape.levels.length
  if (isLast && shape.geometry.flush === 'all') state.flushes.all += 1
}

function isPermanent(job: UnmapJob, entry: Entry): boolean {
  const { shape } = job.tables
  const { permanentBelow } = job.request
  const { level } = entry.place
  if (permanentBelow === undefined || level.index + 1 < shape.levels.length) return false
  return shape.geometry.entries.address(entry.low, entry.high, level.index) < permanentBelow
}

function clearLeaf(job: UnmapJob, entry: Entry): void {
  const { level } = entry.place
  if (job.request.frames === 'free') releaseFrames(job, entry)
  clearEntry(job, entry)
  count(job.tally.leaves, level.index)
}

function clearEntry(job: UnmapJob, entry: Entry): void {
  const none = job.tables.shape.geometry.entries.none(entry.place.level.index)
  entry.words[2 * entry.index] = none.low
  entry.words[2 * entry.index + 1] = none.high
}

function releaseFrames(job: UnmapJob, entry: Entry): void {
  const { shape, frames } = job.tables
  const { selfHosted } = job.request
  const { level } = entry.place
  const address = shape.geometry.entries.address(entry.low, entry.high, level.index)
  const first = pfn(address / shape.pageBytes)
  const inRange =
    selfHosted !== undefined && address >= selfHosted.start && address < selfHosted.end
  const owner = isBootFrame(shape, first) ? 'boot' : inRange ? 'self-hosted' : 'allocator'
  job.framePages[owner] += level.spanBytes / shape.pageBytes
  if (owner === 'allocator') frames.free({ pfn: first, order: orderOf(shape, level.spanBytes) })
}

function clearPartOfLeaf(job: UnmapJob, entry: Entry, below: RegionPart): void {
  const { tables, request } = job
  const { place, entryStart } = entry
  const leafBytes = place.level.spanBytes
  if (request.partialLeaf === 'keep') {
    job.left.push({ offset: entryStart, leafBytes, reason: 'partial' })
    return
  }
  const child = splitEntry(tables, { place, offset: entryStart, nodeId: request.nodeId })
  if (child === undefined) {
    job.left.push({ offset: entryStart, leafBytes, reason: 'no-memory-to-split' })
    return
  }
  job.splitLeaves += 1
  clearBelow(job, entry, { child, below })
}

function clearBelow(
  job: UnmapJob,
  entry: Entry,
  what: { readonly child: TablePlace; readonly below: RegionPart },
): void {
  const { tables, request } = job
  const { child, below } = what
  clearTable(job, child, below)
  if (request.emptyTables === 'keep' || child.level.permanent) return
  if (!isEmptyTable(tables.shape, child.level, writeTable(tables, child))) return
  if (isBootFrame(tables.shape, child.pfn)) job.bootTables += 1
  dropTable(tables, child)
  clearEntry(job, entry)
  count(job.tally.tables, child.level.index)
}

import { type NodeId, pfn } from '../address/brand'
import type { Range } from '../address/range'
import { alignDown, isAligned } from '../address/units'
import type { MendedRules } from '../model/generation'
import type { Machine } from '../model/machine'
import type { LeftLeaf, RegionChange } from '../model/mapping-change'
import type { EntryWords, RegionName } from '../model/page-table-geometry'
import { forgetUnchangedBootTables } from './boot-forget'
import { kernelTables, regionPart } from './kernel-tables'
import { entrySpan, hasRuns, type LeafSpan, leafSpan, splitRun } from './leaf-run'
import { areNone, childPlace, clearEntries, rootPlace, writeTable } from './page-tables'
import { splitEntry } from './split-leaf'
import { giveBackTable } from './table-frames'
import type { PageTables, TablePlace } from './table-place'
import { entryIndex, isBootFrame, type LevelShape, orderOf } from './table-shape'
import type { RegionPart } from './table-walk'
import { adjustDirectMap, changeOf, count, countLeaf, newTally, type Tally } from './tally'

/** What is to be unmapped, and by which rules. Offsets and sizes are bytes. @beta */
export interface UnmapRequest {
  readonly region: RegionName
  /** Bytes from the region's base. */
  readonly offset: number
  readonly sizeBytes: number
  /** What becomes of the pages that the leaves map: the direct map keeps them, the memmap frees them. */
  readonly frames: 'keep' | 'free'
  /** What becomes of a large leaf that reaches beyond the range. */
  readonly partialLeaf: 'keep' | 'split'
  /** Whether tables that have become empty go, level by level, as far as the arch lets them. */
  readonly emptyTables: 'free' | 'keep'
  /** What takes the place of a leaf that is split; default: leaves for all of it. */
  readonly splitLeaf?: MendedRules['splitLeaf']
  /** Node that tables for splitting are taken from if it has memory. */
  readonly nodeId: NodeId
  /**
   * x86 quirk (`remove_pte_table` returns early): entries of base pages below this physical address, in bytes, are never
   * cleared, and meeting one skips the rest of its table.
   */
  readonly permanentBelow?: number
  /** Physical addresses, in bytes, of memory that holds its own memmap: pages there are not given back. */
  readonly selfHosted?: Range
}

/**
 * Takes the leaves of a range away, and the tables that become empty. Never refuses: what cannot go is in `left`.
 * @throws HotplugError BAD_ARGUMENT, ADDRESS_OUT_OF_REACH for a range that is not in the region
 * Source: remove_pagetable, arch/x86/mm/init_64.c 6.1; spec 5.4.
 * @beta
 */
export function unmapRange(machine: Machine, request: UnmapRequest): RegionChange {
  return unmapFrom(kernelTables(machine), request)
}

/** `unmapRange`, on tables in hand. */
export function unmapFrom(tables: PageTables, request: UnmapRequest): RegionChange {
  const { shape, state } = tables
  const part = regionPart(tables, request)
  const job: UnmapJob = { tables, request, tally: newTally(shape) }
  if (part.start < part.end) {
    const root = rootPlace(tables, part.region, part.start)
    clearTable(job, root, part)
    forgetUnchangedBootTables(tables, { place: root, start: part.start, end: part.end })
    if (shape.geometry.flush === 'all') state.flushes.all += 1
    else state.flushes.ranges += 1
  }
  const change = changeOf(shape, job.tally)
  adjustDirectMap(tables, part.region, { leaves: change.leaves, sign: -1 })
  return change
}

interface UnmapJob {
  readonly tables: PageTables
  readonly request: UnmapRequest
  readonly tally: Tally
}

interface Entry {
  readonly place: TablePlace
  readonly words: Uint32Array
  readonly index: number
  readonly low: number
  readonly high: number
  /** What the leaf maps that the entry is, or is a part of; where it points at a table, what it spans. */
  readonly leaf: LeafSpan
}

function clearTable(job: UnmapJob, place: TablePlace, part: RegionPart): void {
  const { tables } = job
  const { entries } = tables.shape.geometry
  const { level, region } = place
  const words = writeTable(tables, place)
  let next = part.start
  for (let at = part.start; at < part.end; at = next) {
    next = Math.min(alignDown(at, level.spanBytes) + level.spanBytes, part.end)
    const index = entryIndex(region, level, at)
    const low = words[2 * index] ?? 0
    const high = words[2 * index + 1] ?? 0
    if (entries.isNone(low, high, level.index)) continue
    const isLeaf = entries.isLeaf(low, high, level.index)
    const gone =
      isLeaf && isAligned(at, level.spanBytes) ? clearLeaves(job, { place, words, at }, part) : 0
    if (gone > 0) {
      next = at + gone * level.spanBytes
      continue
    }
    const leaf = isLeaf ? leafSpan(level, { low, high }, at) : entrySpan(level, at)
    next = Math.min(leaf.offset + leaf.sizeBytes, part.end)
    const entry = { place, words, index, low, high, leaf }
    const below = { region, start: at, end: next }
    if (!isLeaf) {
      clearBelow(job, entry, { child: childPlace(tables, place, { low, high, offset: at }), below })
    } else if (isPermanent(job, level, entry)) {
      job.tally.left.push({ ...placeOf(entry), reason: 'permanent' })
      break
    } else if (next - at === leaf.sizeBytes) clearLeaf(job, entry)
    else if (leaf.entries === 1 || job.request.partialLeaf === 'keep') {
      clearPartOfLeaf(job, entry, below)
    } else {
      splitRun(tables, { place, words, offset: leaf.offset })
      countLeaf(job.tally.splits, leaf.sizeBytes)
      // Once more, now that the entries are leaves for themselves.
      next = at
    }
  }
  flushAfter(job, level)
}

const placeOf = ({ leaf }: Entry): Pick<LeftLeaf, 'offset' | 'leafBytes'> => ({
  offset: leaf.offset,
  leafBytes: leaf.sizeBytes,
})

function flushAfter(job: UnmapJob, level: LevelShape): void {
  const { shape, state } = job.tables
  const isLast = level.index + 1 === shape.levels.length
  if (isLast && shape.geometry.flush === 'all') state.flushes.all += 1
}

function isPermanent(job: UnmapJob, level: LevelShape, { low, high }: EntryWords): boolean {
  const { shape } = job.tables
  const { permanentBelow } = job.request
  if (permanentBelow === undefined || level.index + 1 < shape.levels.length) return false
  return shape.geometry.entries.address(low, high, level.index) < permanentBelow
}

/**
 * Clears single leaves that follow each other, where nothing but the entry goes with one.
 * @returns how many; 0 where the first is another kind of leaf
 */
function clearLeaves(
  job: UnmapJob,
  from: { readonly place: TablePlace; readonly words: Uint32Array; readonly at: number },
  part: RegionPart,
): number {
  const { place, words, at } = from
  const { level, region } = place
  if (job.request.frames === 'free' || hasRuns(level)) return 0
  const { shape } = job.tables
  const { entries } = shape.geometry
  const first = entryIndex(region, level, at)
  const most = Math.floor((part.end - at) / level.spanBytes)
  let count = 0
  for (; count < most; count++) {
    const low = words[2 * (first + count)] ?? 0
    const high = words[2 * (first + count) + 1] ?? 0
    if (entries.isNone(low, high, level.index) || !entries.isLeaf(low, high, level.index)) break
    if (isPermanent(job, level, { low, high })) break
  }
  if (count === 0) return 0
  clearEntries(shape, level, words.subarray(2 * first, 2 * (first + count)))
  countLeaf(job.tally.leaves, level.spanBytes, count)
  return count
}

function clearLeaf(job: UnmapJob, entry: Entry): void {
  if (job.request.frames === 'free') releaseFrames(job, entry)
  clearEntry(job, entry)
  countLeaf(job.tally.leaves, entry.leaf.sizeBytes)
}

/** Clears the entry that is a leaf or points at a table, and the rest of its run if it is the first of one. */
function clearEntry(job: UnmapJob, { place, words, index, leaf }: Entry): void {
  const cleared = words.subarray(2 * index, 2 * (index + leaf.entries))
  clearEntries(job.tables.shape, place.level, cleared)
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
  const { sizeBytes } = entry.leaf
  job.tally.framePages[owner] += sizeBytes / shape.pageBytes
  if (owner === 'allocator') frames.free({ pfn: first, order: orderOf(shape, sizeBytes) })
}

function clearPartOfLeaf(job: UnmapJob, entry: Entry, below: RegionPart): void {
  const { tables, request } = job
  const { place, leaf } = entry
  if (request.partialLeaf === 'keep') {
    job.tally.left.push({ ...placeOf(entry), reason: 'partial' })
    return
  }
  const { nodeId, splitLeaf = 'filled' } = request
  const split = splitEntry(tables, { place, offset: leaf.offset, nodeId, splitLeaf })
  if (split === undefined) {
    job.tally.left.push({ ...placeOf(entry), reason: 'no-memory-to-split' })
    return
  }
  countLeaf(job.tally.splits, leaf.sizeBytes)
  job.tally.tablePages -= split.tablePages
  clearBelow(job, entry, { child: split.child, below })
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
  if (!areNone(tables.shape, child.level, writeTable(tables, child))) return
  if (isBootFrame(tables.shape, child.pfn)) {
    job.tally.bootTables += 1
    job.tally.bootTablePages += 2 ** child.level.tableOrder / child.level.tablesPerPage
  }
  job.tally.tablePages += giveBackTable(tables, child)
  clearEntry(job, entry)
  count(job.tally.tables, child.level.index)
}

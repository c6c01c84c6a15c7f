import { pfn } from '../address/brand'
import { alignDown, isAligned } from '../address/units'
import { FrameRuns } from '../allocator/frame-runs'
import type { Machine } from '../model/machine'
import type { FrameOwner, LeftLeaf, RegionChange } from '../model/mapping-change'
import { kernelTables, regionPart } from './kernel-tables'
import { entrySpan, leafSpan } from './leaf-run'
import { areNone, childPlace, rootPlace, writeTable } from './page-tables'
import type { UnmapRequest } from './requests'
import { splitEntry } from './split-leaf'
import { giveBackTables } from './table-frames'
import { clearEntries, entryIndex, isBootFrame, orderOf } from './table-shape'
import type {
  LeafSpan,
  LevelShape,
  MappedEntries,
  MappedEntry,
  PageTables,
  RegionPart,
  TablePlace,
  UnmapJob,
} from './table-types'
import { adjustDirectMap, changeOf, count, countLeaf, newTally } from './tally'
import { countSteps, stepBetween } from './words'

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
  const runs = (): FrameRuns => new FrameRuns((run) => tables.frames.freeRun(run))
  const job: UnmapJob = {
    tables,
    request,
    tally: newTally(shape),
    freed: runs(),
    freedTables: runs(),
  }
  if (part.start < part.end) {
    clearTable(job, rootPlace(tables, part.region, part.start), part)
    giveBack(job)
    if (shape.geometry.flush === 'all') state.flushes.all += 1
    else state.flushes.ranges += 1
  }
  const change = changeOf(shape, job.tally)
  adjustDirectMap(tables, part.region, { leaves: change.leaves, sign: -1 })
  return change
}

/** Gives back the pages that are on their way. */
function giveBack({ freed, freedTables }: UnmapJob): void {
  freed.end()
  freedTables.end()
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
    const alike = clearAlike(job, place, { words, index, at, end: part.end })
    if (alike > 0) {
      next = at + alike
      continue
    }
    const isLeaf = entries.isLeaf(low, high, level.index)
    const leaf = isLeaf ? leafSpan(level, { low, high }, at) : entrySpan(level, at)
    next = Math.min(leaf.offset + leaf.sizeBytes, part.end)
    const entry = { place, words, index, low, high, leaf }
    const below = { region, start: at, end: next }
    if (!isLeaf) {
      clearBelow(job, entry, { child: childPlace(tables, place, { low, high, offset: at }), below })
    } else if (isPermanent(job, entry)) {
      job.tally.left.push({ ...placeOf(entry), reason: 'permanent' })
      break
    } else if (next - at === leaf.sizeBytes) clearLeaf(job, entry)
    else if (leaf.entries === 1 || job.request.partialLeaf === 'keep') {
      clearPartOfLeaf(job, entry, below)
    } else {
      level.run?.split(tables, { place, words, offset: leaf.offset })
      countLeaf(job.tally.splits, leaf.sizeBytes)
      // Once more, now that the entries are leaves for themselves.
      next = at
    }
  }
  flushAfter(job, level)
}

/**
 * Clears this entry and those after it that need no look at each: base pages, leaves of memory that stays, tables full of
 * such leaves.
 * @returns bytes that they span; 0 where the entry is none of these
 */
function clearAlike(job: UnmapJob, place: TablePlace, entry: MappedEntry): number {
  const { shape } = job.tables
  const { level } = place
  const { words, index, at, end } = entry
  if (!isAligned(at, level.spanBytes)) return 0
  const most = Math.min(Math.floor((end - at) / level.spanBytes), words.length / 2 - index)
  if (most === 0) return 0
  const { entries } = shape.geometry
  const isLast = level.index + 1 === shape.levels.length
  const [low = 0, high = 0] = words.subarray(2 * index, 2 * index + 2)
  if (entries.isLeaf(low, high, level.index)) {
    const isAlone = job.request.frames === 'free' && !isLast
    return isAlone || level.run?.spanOf({ low, high }, at) !== undefined
      ? 0
      : clearLeaves(job, level, { ...entry, most })
  }
  return shape.leafTables?.clear(job, level, { ...entry, most }) ?? 0
}

/** @returns bytes of the leaves of neighbouring memory, from this entry on, that were cleared */
function clearLeaves(job: UnmapJob, level: LevelShape, entry: MappedEntries): number {
  const { shape } = job.tables
  const { entries } = shape.geometry
  const { frames, permanentBelow } = job.request
  const isLast = level.index + 1 === shape.levels.length
  const { words, index, most } = entry
  const [low = 0, high = 0] = words.subarray(2 * index, 2 * index + 2)
  const address = entries.address(low, high, level.index)
  if (isLast && address < (permanentBelow ?? 0)) return 0
  const leafAt = (at: number) => entries.leaf(at, level.index)
  const step = stepBetween(leafAt(address), leafAt(address + level.spanBytes))
  const alike = countSteps(words, { index, most }, step)
  const count = frames === 'free' ? releasePages(job, address / shape.pageBytes, alike) : alike
  clearEntries(shape, level, words.subarray(2 * index, 2 * (index + count)))
  countLeaf(job.tally.leaves, level.spanBytes, count)
  return count * level.spanBytes
}

/** Gives back neighbouring pages of struct pages, up to the first of another owner. @returns how many that are */
function releasePages(job: UnmapJob, first: number, most: number): number {
  const { pageBytes } = job.tables.shape
  const owner = ownerOf(job, first * pageBytes)
  const { start = Infinity, end = Infinity } = job.request.selfHosted ?? {}
  const nextOwner = Math.min(...[start, end].filter((at) => at > first * pageBytes))
  const count = Math.min(most, nextOwner / pageBytes - first)
  job.tally.framePages[owner] += count
  if (owner === 'allocator') job.freed.add(first, count)
  return count
}

const placeOf = ({ leaf }: Entry): Omit<LeftLeaf, 'reason'> => ({
  offset: leaf.offset,
  leafBytes: leaf.sizeBytes,
  count: 1,
})

export function flushAfter(job: UnmapJob, level: LevelShape, tables = 1): void {
  const { shape, state } = job.tables
  const isLast = level.index + 1 === shape.levels.length
  if (isLast && shape.geometry.flush === 'all') state.flushes.all += tables
}

function isPermanent(job: UnmapJob, entry: Entry): boolean {
  const { shape } = job.tables
  const { permanentBelow } = job.request
  const { level } = entry.place
  if (permanentBelow === undefined || level.index + 1 < shape.levels.length) return false
  return shape.geometry.entries.address(entry.low, entry.high, level.index) < permanentBelow
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

/** Who has the page at an address that a leaf of the memmap maps. */
function ownerOf({ tables: { shape }, request }: UnmapJob, address: number): FrameOwner {
  if (address >= shape.geometry.bootFrameBase) return 'boot'
  const { selfHosted } = request
  return selfHosted !== undefined && address >= selfHosted.start && address < selfHosted.end
    ? 'self-hosted'
    : 'allocator'
}

function releaseFrames(job: UnmapJob, entry: Entry): void {
  const { shape, frames } = job.tables
  const { level } = entry.place
  const address = shape.geometry.entries.address(entry.low, entry.high, level.index)
  const first = pfn(address / shape.pageBytes)
  const owner = ownerOf(job, address)
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
  giveBack(job)
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
  const gone = { pfn: child.pfn, count: 1, level: child.level }
  job.tally.tablePages += giveBackTables(tables, gone, job.freedTables)
  clearEntry(job, entry)
  count(job.tally.tables, child.level.index)
}

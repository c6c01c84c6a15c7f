import type { NodeId, Pfn } from '../address/brand'
import { alignDown, formatHex, isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import type { RegionName } from '../model/page-table-geometry'
import { forgetUnchangedBootTables } from './boot-forget'
import { kernelTables, regionPart } from './kernel-tables'
import { hasRuns, leafSpan, runEntry } from './leaf-run'
import {
  areNone,
  childPlace,
  clearEntries,
  countNone,
  rootPlace,
  writeLeaves,
  writeTable,
} from './page-tables'
import { giveBackTable, takeTable } from './table-frames'
import type { PageTables, TablePlace } from './table-place'
import { entryIndex, type LevelShape, levelAt, orderOf } from './table-shape'
import type { RegionPart } from './table-walk'
import { adjustDirectMap, changeOf, count, countLeaf, newTally, type Tally } from './tally'

/** What new leaves map: memory one to one, or pages taken for the purpose, leaf by leaf. @beta */
export type Backing =
  | {
      readonly kind: 'linear' /** Physical address of the range's first byte. */
      readonly address: number
    }
  | { readonly kind: 'allocated' }

/** What is to be mapped, and with which leaves. Offsets and sizes are bytes. @beta */
export interface MapRequest {
  readonly region: RegionName
  /** Bytes from the region's base. */
  readonly offset: number
  readonly sizeBytes: number
  /** Leaf sizes in bytes that may be used. At each place the largest that is aligned there and fits is. */
  readonly leafSizes: readonly number[]
  readonly backing: Backing
  /** Node that new tables, and allocated backing, are taken from if it has memory. */
  readonly nodeId: NodeId
}

/**
 * Maps a range with the largest leaves that fit. What is mapped already stays, as the kernel leaves it; where a
 * table is in place it is filled, also where a larger leaf would fit.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did; BAD_ARGUMENT, ADDRESS_OUT_OF_REACH
 * Source: kernel_physical_mapping_init, arch/x86/mm/init_64.c 6.1; spec 2.5.
 * @beta
 */
export function mapRange(machine: Machine, request: MapRequest): RegionChange {
  return mapInto(kernelTables(machine), request)
}

/** `mapRange`, on tables in hand. */
export function mapInto(tables: PageTables, request: MapRequest): RegionChange {
  return mapReversibly(tables, request).mapped
}

/** A mapping and the way back, as long as nothing else has changed the tables. */
export interface ReversibleMapping {
  readonly mapped: RegionChange
  /** Takes away exactly what the mapping added, also tables that would otherwise stay. */
  undo(): void
}

/** `mapInto` for callers that may have to take it back. @throws as `mapRange` */
export function mapReversibly(tables: PageTables, request: MapRequest): ReversibleMapping {
  const part = regionPart(tables, request)
  const smallestLeaf = Math.min(...request.leafSizes)
  refuseUnalignedBacking(request, smallestLeaf)
  const tally = newTally(tables.shape)
  const job: MapJob = { tables, request, smallestLeaf, tally, done: [] }
  if (part.start === part.end) return reversible(job, part)
  const root = rootPlace(tables, part.region, part.start)
  try {
    fillTable(job, root, part)
  } catch (error) {
    undoEntries(job)
    throw error
  } finally {
    // The walk stores boot tables that it leads through, whether it changes them or not.
    forgetUnchangedBootTables(tables, { place: root, start: part.start, end: part.end })
  }
  return reversible(job, part)
}

/** Enters the new leaves into the counters. */
function reversible(job: MapJob, part: RegionPart): ReversibleMapping {
  const { tables, tally } = job
  const mapped = changeOf(tables.shape, tally)
  const { leaves } = mapped
  adjustDirectMap(tables, part.region, { leaves, sign: 1 })
  return {
    mapped,
    undo: () => {
      if (job.done.length === 0) return
      undoEntries(job)
      const root = rootPlace(tables, part.region, part.start)
      forgetUnchangedBootTables(tables, { place: root, start: part.start, end: part.end })
      adjustDirectMap(tables, part.region, { leaves, sign: -1 })
    },
  }
}

interface MapJob {
  readonly tables: PageTables
  readonly request: MapRequest
  readonly smallestLeaf: number
  readonly tally: Tally
  /** What was done so far, in order. */
  readonly done: Done[]
}

/** Neighbouring entries that were written, and what was taken for them. */
interface Done {
  readonly words: Uint32Array
  readonly index: number
  /** How many. */
  entries: number
  readonly level: LevelShape
  readonly taken: Taken
}

/** Pages that a leaf maps, a table that an entry points at, or nothing. */
type Taken =
  | { readonly kind: 'pages'; readonly pfn: Pfn; readonly order: number }
  | { readonly kind: 'table'; readonly pfn: number; readonly level: LevelShape }
  | null

function refuseUnalignedBacking(request: MapRequest, smallestLeaf: number): void {
  const { offset, sizeBytes, backing } = request
  const address = backing.kind === 'linear' ? backing.address : offset
  const aligned = [offset, sizeBytes, address].every((value) => isAligned(value, smallestLeaf))
  if (aligned) return
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The range is not a whole number of leaves.', {
    detail: { offset, sizeBytes, address, smallestLeaf },
  })
}

function fillTable(job: MapJob, place: TablePlace, part: RegionPart): void {
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
    const isFree = entries.isNone(low, high, level.index)
    const entry = { words, index, level, at }
    if (isFree && putRun(job, entry, part)) {
      next = at + (level.run?.sizeBytes ?? 0)
      continue
    }
    const put = isFree && next - at === level.spanBytes ? putLeaves(job, entry, part) : 0
    if (put > 0) {
      next = at + put * level.spanBytes
      continue
    }
    if (!isFree && entries.isLeaf(low, high, level.index)) {
      const leaf = leafSpan(level, { low, high }, at)
      next = Math.min(leaf.offset + leaf.sizeBytes, part.end)
      keepLeaf(job, {
        level,
        at,
        address: entries.address(low, high, level.index) + (at - entryStart),
      })
      continue
    }
    const child = isFree
      ? addTable(job, { words, index, place, at })
      : childPlace(tables, place, { low, high, offset: at })
    fillTable(job, child, { region, start: at, end: next })
  }
}

interface EntryPlace {
  readonly words: Uint32Array
  readonly index: number
  /** Byte offset in the region. */
  readonly at: number
}

type LeafPlace = EntryPlace & { readonly level: LevelShape }

/** Writes a run of entries. @returns false where single entries have to do */
function putRun(job: MapJob, { words, index, level, at }: LeafPlace, part: RegionPart): boolean {
  if (!hasRuns(level)) return false
  const { shape } = job.tables
  const { entries, sizeBytes } = level.run
  const isWhole = isAligned(at, sizeBytes) && at + sizeBytes <= part.end
  if (!isWhole || !job.request.leafSizes.includes(sizeBytes)) return false
  if (!areNone(shape, level, words.subarray(2 * index, 2 * (index + entries)))) return false
  const backing = backingOf(job, { at, leafBytes: sizeBytes })
  if (backing === null) return false
  for (let i = 0; i < entries; i++) {
    const { low, high } = runEntry(shape, level, backing.address + i * level.spanBytes)
    words[2 * (index + i)] = low
    words[2 * (index + i) + 1] = high
  }
  noteLeaves(job, { words, index, entries, level, taken: backing.taken })
  countLeaf(job.tally.leaves, sizeBytes)
  return true
}

/** Writes a leaf, and those behind it that need nothing taken. @returns how many; 0 where a smaller leaf has to do */
function putLeaves(job: MapJob, entry: LeafPlace, part: RegionPart): number {
  const { words, index, level, at } = entry
  const { shape } = job.tables
  if (!job.request.leafSizes.includes(level.spanBytes)) return 0
  const backing = backingOf(job, { at, leafBytes: level.spanBytes })
  if (backing === null) return 0
  const { address, taken } = backing
  const most = taken === null && !hasRuns(level) ? Math.floor((part.end - at) / level.spanBytes) : 1
  const count = countNone(shape, level, { words, index, count: most })
  writeLeaves(shape, level, { words, index, count, address })
  noteLeaves(job, { words, index, entries: count, level, taken })
  countLeaf(job.tally.leaves, level.spanBytes, count)
  return count
}

/** Notes leaves. Neighbours for which nothing was taken are undone together: there may be millions. */
function noteLeaves(job: MapJob, done: Done): void {
  const last = job.done.at(-1)
  const follows = last?.words === done.words && last.index + last.entries === done.index
  if (follows && last.taken === null && done.taken === null) last.entries += done.entries
  else job.done.push(done)
  job.tally.framePages.allocator += done.taken?.kind === 'pages' ? 2 ** done.taken.order : 0
}

/** What the leaf is to map; null where a smaller leaf has to do. */
function backingOf(
  job: MapJob,
  leaf: { readonly at: number; readonly leafBytes: number },
): { readonly address: number; readonly taken: Taken } | null {
  const { request, tables } = job
  const { backing } = request
  if (backing.kind === 'linear') {
    const address = backing.address + (leaf.at - request.offset)
    return isAligned(address, leaf.leafBytes) ? { address, taken: null } : null
  }
  const order = orderOf(tables.shape, leaf.leafBytes)
  const first = tables.frames.allocate({ order, nodeId: request.nodeId, kind: 'memmap' })
  if (first !== null) {
    const taken: Taken = { kind: 'pages', pfn: first, order }
    return { address: first * tables.shape.pageBytes, taken }
  }
  if (leaf.leafBytes > job.smallestLeaf) return null
  throw outOfMemory('the memmap', { order, nodeId: request.nodeId })
}

function keepLeaf(
  job: MapJob,
  leaf: { readonly level: LevelShape; readonly at: number; readonly address: number },
): void {
  const { backing, offset } = job.request
  invariant(
    backing.kind !== 'linear' || leaf.address === backing.address + (leaf.at - offset),
    `Offset ${formatHex(leaf.at)} is mapped elsewhere.`,
  )
  job.tally.keptLeaves += 1
}

function addTable(job: MapJob, entry: EntryPlace & { readonly place: TablePlace }): TablePlace {
  const { words, index, at, place } = entry
  const { shape } = job.tables
  const { nodeId } = job.request
  const level = levelAt(shape, place.level.index + 1)
  const table = takeTable(job.tables, { level, nodeId })
  if (table === undefined)
    throw outOfMemory(`a ${level.name} table`, { order: level.tableOrder, nodeId })
  const { pfn, pages } = table
  const { low, high } = shape.geometry.entries.table(pfn * shape.pageBytes, place.level.index)
  words[2 * index] = low
  words[2 * index + 1] = high
  const taken: Taken = { kind: 'table', pfn, level }
  job.done.push({ words, index, entries: 1, level: place.level, taken })
  count(job.tally.tables, level.index)
  job.tally.tablePages += pages
  return { region: place.region, level, offset: at, pfn }
}

/** The refusal where there are no pages for a mapping. */
export const outOfMemory = (
  what: string,
  asked: { readonly order: number; readonly nodeId: NodeId },
): HotplugError =>
  new HotplugError('OUT_OF_MEMORY', 'ENOMEM', `There is no memory for ${what}.`, { detail: asked })

function undoEntries(job: MapJob): void {
  const { shape, frames } = job.tables
  for (const { words, index, entries, level, taken } of job.done.splice(0).reverse()) {
    clearEntries(shape, level, words.subarray(2 * index, 2 * (index + entries)))
    if (taken?.kind === 'table') giveBackTable(job.tables, taken)
    else if (taken?.kind === 'pages') frames.free(taken)
  }
}

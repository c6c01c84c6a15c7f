import { pfn } from '../address/brand'
import { isAligned } from '../address/units'
import { invariant } from '../errors/invariant'
import { backingOf, noteLeaves, outOfMemory } from './map-job'
import { writeLeaves } from './page-tables'
import type { Done, FreeEntry, LevelShape, MapJob, TablePlace, Taken } from './table-types'
import { countSteps, NO_STEP } from './words'

/**
 * Writes this entry, and free ones after it that are written alike.
 * @returns bytes that they map; 0 where a table has to be filled entry by entry
 */
export function putEntries(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { level } = place
  const { at, end } = entry
  const run = level.run?.put(job, level, entry) ?? 0
  if (run > 0) return run
  if (!isAligned(at, level.spanBytes) || at + level.spanBytes > end) return 0
  const { leafSizes, backing } = job.request
  if (!leafSizes.includes(level.spanBytes)) return putTables(job, place, entry)
  if (backing.kind === 'linear') return putLinear(job, place, entry)
  if (level.spanBytes > job.tables.shape.pageBytes) return putLeaf(job, level, entry)
  const count = freeEntries(job, level, entry)
  putPages(job, level, { tables: [entry.words], index: entry.index, count })
  return count * level.spanBytes
}

/** Has entries point at new tables that are full, where the architecture keeps such. @returns as `putEntries` */
const putTables = (job: MapJob, place: TablePlace, entry: FreeEntry): number =>
  job.tables.shape.leafTables?.put(job, place, entry) ?? 0

/** How many entries from this one on are as free as it and wholly to be mapped, up to where a run could begin. */
export function freeEntries(
  job: MapJob,
  level: LevelShape,
  { words, index, at, end }: FreeEntry,
): number {
  if (level.run !== undefined && job.request.leafSizes.includes(level.run.sizeBytes)) return 1
  const most = Math.min(Math.floor((end - at) / level.spanBytes), words.length / 2 - index)
  return countSteps(words, { index, most }, NO_STEP)
}

/** Writes leaves that map memory one to one. @returns bytes that they map; 0 where smaller ones have to do */
function putLinear(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { words, index, at } = entry
  const { level } = place
  const { spanBytes } = level
  const backing = backingOf(job, { at, leafBytes: spanBytes })
  if (backing === null) return putTables(job, place, entry)
  const entries = freeEntries(job, level, entry)
  putLeaves(job, { words, index, entries, level, taken: null }, backing.address)
  return entries * spanBytes
}

/** Writes a leaf for pages taken for it. @returns bytes that it maps; 0 where smaller ones have to do */
function putLeaf(job: MapJob, level: LevelShape, { words, index, at }: FreeEntry): number {
  const backing = backingOf(job, { at, leafBytes: level.spanBytes })
  if (backing === null) return 0
  putLeaves(job, { words, index, entries: 1, level, taken: backing.taken }, backing.address)
  return level.spanBytes
}

/** Writes leaves of base pages, for pages that are taken one for each, from one entry on through neighbouring tables. */
export function putPages(
  job: MapJob,
  level: LevelShape,
  what: { readonly tables: readonly Uint32Array[]; readonly index: number; readonly count: number },
): void {
  const { frames, shape } = job.tables
  const { nodeId } = job.request
  const { tables, count } = what
  let { index } = what
  const taken = frames.allocateRuns({ count, nodeId, kind: 'memmap' }, (run) => {
    for (let page: number = run.pfn, left = run.count; left > 0; ) {
      const words = tables[Math.floor(index / level.entries)]
      invariant(words !== undefined, 'No more pages are taken than asked for.')
      const first = index % level.entries
      const entries = Math.min(left, level.entries - first)
      const pages: Taken = { kind: 'page run', pfn: pfn(page), count: entries }
      putLeaves(job, { words, index: first, entries, level, taken: pages }, page * shape.pageBytes)
      index += entries
      page += entries
      left -= entries
    }
  })
  if (taken < count) throw outOfMemory('the memmap', { use: 'memmap', order: 0, nodeId })
}

/** Writes and notes leaves of neighbouring memory. @param address what the first maps, in bytes */
function putLeaves(job: MapJob, done: Done, address: number): void {
  const { words, index, entries: count, level } = done
  writeLeaves(job.tables.shape, level, { words, index, count, address })
  noteLeaves(job, done, level.spanBytes)
}

import { pfn } from '../address/brand'
import { isAligned } from '../address/units'
import { invariant } from '../errors/invariant'
import type { EntryWords } from '../model/page-table-geometry'
import { hasRuns, runEntry } from './leaf-run'
import { placeAfter, storeLeafTables } from './leaf-tables'
import {
  backingOf,
  type Done,
  type EntryPlace,
  type MapJob,
  noTable,
  noteLeaves,
  outOfMemory,
  type Taken,
  tableEntry,
  writeEntry,
} from './map-job'
import { areNone, writeLeaves } from './page-tables'
import { type TableRun, takeTables } from './table-frames'
import type { TablePlace } from './table-place'
import { type LevelShape, levelAt } from './table-shape'
import { count, countLeaf } from './tally'
import { countSteps, NO_STEP, stepBetween, writeSteps } from './words'

/** A free entry, and where the part ends that is to be mapped: bytes of the region. */
type FreeEntry = EntryPlace & { readonly end: number }

/**
 * Writes this entry, and free ones after it that are written alike.
 * @returns bytes that they map; 0 where a table has to be filled entry by entry
 */
export function putEntries(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { level } = place
  const { at, end } = entry
  const run = putRun(job, level, entry)
  if (run > 0) return run
  if (!isAligned(at, level.spanBytes) || at + level.spanBytes > end) return 0
  const { leafSizes, backing } = job.request
  if (!leafSizes.includes(level.spanBytes)) return putFullTables(job, place, entry)
  if (backing.kind === 'linear') return putLinear(job, place, entry)
  if (level.spanBytes > job.tables.shape.pageBytes) return putLeaf(job, level, entry)
  const count = freeEntries(job, level, entry)
  putPages(job, level, { tables: [entry.words], index: entry.index, count })
  return count * level.spanBytes
}

/** How many entries from this one on are as free as it and wholly to be mapped, up to where a run could begin. */
function freeEntries(job: MapJob, level: LevelShape, { words, index, at, end }: FreeEntry): number {
  if (hasRuns(level) && job.request.leafSizes.includes(level.run.sizeBytes)) return 1
  const most = Math.min(Math.floor((end - at) / level.spanBytes), words.length / 2 - index)
  return countSteps(words, { index, most }, NO_STEP)
}

/** Writes a run of entries that is one leaf. @returns bytes that it maps; 0 where single entries have to do */
function putRun(job: MapJob, level: LevelShape, { words, index, at, end }: FreeEntry): number {
  if (!hasRuns(level)) return 0
  const { shape } = job.tables
  const { entries, sizeBytes } = level.run
  const isWhole = isAligned(at, sizeBytes) && at + sizeBytes <= end
  if (!isWhole || !job.request.leafSizes.includes(sizeBytes)) return 0
  if (!areNone(shape, level, words.subarray(2 * index, 2 * (index + entries)))) return 0
  const backing = backingOf(job, { at, leafBytes: sizeBytes })
  if (backing === null) return 0
  for (let i = 0; i < entries; i++) {
    writeEntry(words, index + i, runEntry(shape, level, backing.address + i * level.spanBytes))
  }
  noteLeaves(job, { words, index, entries, level, taken: backing.taken }, sizeBytes)
  return sizeBytes
}

/** Writes leaves that map memory one to one. @returns bytes that they map; 0 where smaller ones have to do */
function putLinear(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { words, index, at } = entry
  const { level } = place
  const { spanBytes } = level
  const backing = backingOf(job, { at, leafBytes: spanBytes })
  if (backing === null) return putFullTables(job, place, entry)
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
function putPages(
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

/**
 * Writes entries that point at new tables, of which every entry is a leaf.
 * @returns bytes that they map; 0 where tables have to be filled entry by entry
 */
function putFullTables(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { shape } = job.tables
  const { leafSizes, backing, offset } = job.request
  const level = levelAt(shape, place.level.index + 1)
  const isFull = leafSizes.includes(level.spanBytes)
  if (!isFull || (hasRuns(level) && leafSizes.includes(level.run.sizeBytes))) return 0
  const tables = { level, count: freeEntries(job, place.level, entry) }
  if (backing.kind === 'linear') {
    const address = backing.address + (entry.at - offset)
    if (!isAligned(address, level.spanBytes)) return 0
    putLeafTables(job, place, { ...entry, ...tables, address })
  } else if (level.spanBytes === shape.pageBytes) putPageTables(job, place, { ...entry, ...tables })
  else return 0
  return tables.count * place.level.spanBytes
}

/** Tables for as many entries, from one on. */
interface NewTables {
  readonly level: LevelShape
  readonly count: number
}

/** Tables of leaves that map memory one to one: what follows from an address is not written down (`leaf-tables.ts`). */
function putLeafTables(
  job: MapJob,
  place: TablePlace,
  what: FreeEntry & NewTables & { readonly address: number },
): void {
  const { level } = what
  const { index: levelIndex, entries } = level
  let { address } = what
  const store = (run: TableRun): void => {
    storeLeafTables(job.tables, { ...run, levelIndex, address })
    address += run.count * place.level.spanBytes
  }
  const taken = putTables(job, place, { ...what, store })
  countLeaf(job.tally.leaves, level.spanBytes, taken * entries)
  if (taken < what.count) throw noTable(level, job.request.nodeId)
}

/** Tables of leaves for base pages that are taken for them. */
function putPageTables(job: MapJob, place: TablePlace, what: FreeEntry & NewTables): void {
  const { level, count } = what
  const { state } = job.tables
  const filled: Uint32Array[] = []
  const store = (run: TableRun): void => {
    for (let i = 0; i < run.count; i++) {
      // Every entry is written yet, or the table goes again.
      const words = new Uint32Array(2 * level.entries)
      state.tables.set(placeAfter(level, run.pfn, i), words)
      filled.push(words)
    }
  }
  const taken = putTables(job, place, { ...what, store })
  if (taken < count) throw noTable(level, job.request.nodeId)
  putPages(job, level, { tables: filled, index: 0, count: count * level.entries })
}

/** Takes tables and has entries point at them. @returns how many there was memory for */
function putTables(
  job: MapJob,
  place: TablePlace,
  what: FreeEntry & NewTables & { readonly store: (run: TableRun) => void },
): number {
  const { tables, request, tally } = job
  const { words, level } = what
  let { index } = what
  const taken = takeTables(tables, { ...what, nodeId: request.nodeId }, (run) => {
    what.store(run)
    const entryAt = (i: number): EntryWords =>
      tableEntry(tables.shape, place, placeAfter(level, run.pfn, i))
    const first = entryAt(0)
    writeSteps(words, { first, index, count: run.count }, stepBetween(first, entryAt(1)))
    const takenTables: Taken = { kind: 'tables', ...run, level }
    job.done.push({ words, index, entries: run.count, level: place.level, taken: takenTables })
    index += run.count
  })
  count(tally.tables, level.index, taken.count)
  tally.tablePages += taken.pages
  return taken.count
}

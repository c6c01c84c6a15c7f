import type { NodeId } from '../address/brand'
import { isAligned } from '../address/units'
import { FrameRuns } from '../allocator/frame-runs'
import { HotplugError } from '../errors/hotplug-error'
import type { FrameKind } from '../model/frame-source'
import type { EntryWords } from '../model/page-table-geometry'
import { giveBackTables, takeTable } from './table-frames'
import { clearEntries, levelAt, orderOf } from './table-shape'
import type {
  Done,
  EntryPlace,
  LevelShape,
  MapJob,
  TablePlace,
  TableShape,
  Taken,
} from './table-types'
import { count, countLeaf } from './tally'

/** Notes leaves. Neighbours for which nothing was taken are undone together: there may be millions. */
export function noteLeaves(job: MapJob, done: Done, leafBytes: number): void {
  const last = job.done.at(-1)
  const follows = last?.words === done.words && last.index + last.entries === done.index
  if (follows && last.taken === null && done.taken === null) last.entries += done.entries
  else job.done.push(done)
  countLeaf(job.tally.leaves, leafBytes, leafBytes > done.level.spanBytes ? 1 : done.entries)
  const { taken } = done
  if (taken?.kind === 'pages') job.tally.framePages.allocator += 2 ** taken.order
  else if (taken?.kind === 'page run') job.tally.framePages.allocator += taken.count
}

export const tableEntry = (
  { geometry, pageBytes }: TableShape,
  parent: TablePlace,
  pfn: number,
): EntryWords => geometry.entries.table(pfn * pageBytes, parent.level.index)

export function writeEntry(words: Uint32Array, index: number, { low, high }: EntryWords): void {
  words[2 * index] = low
  words[2 * index + 1] = high
}

/** What the leaf is to map; null where a smaller leaf has to do. */
export function backingOf(
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
  throw outOfMemory('the memmap', { use: 'memmap', order, nodeId: request.nodeId })
}

export function addTable(
  job: MapJob,
  entry: EntryPlace & { readonly place: TablePlace },
): TablePlace {
  const { words, index, at, place } = entry
  const { shape } = job.tables
  const { nodeId } = job.request
  const level = levelAt(shape, place.level.index + 1)
  const table = takeTable(job.tables, { level, nodeId })
  if (table === undefined) throw noTable(level, nodeId)
  const { pfn, pages } = table
  writeEntry(words, index, tableEntry(shape, place, pfn))
  const taken: Taken = { kind: 'tables', pfn, count: 1, level }
  job.done.push({ words, index, entries: 1, level: place.level, taken })
  count(job.tally.tables, level.index)
  job.tally.tablePages += pages
  return { region: place.region, level, offset: at, pfn }
}

/** The refusal where there are no pages for a mapping, with what they were to be used for. */
export const outOfMemory = (
  what: string,
  asked: { readonly use: FrameKind; readonly order: number; readonly nodeId: NodeId },
): HotplugError =>
  new HotplugError('OUT_OF_MEMORY', 'ENOMEM', `There is no memory for ${what}.`, { detail: asked })

export const noTable = ({ name, tableOrder }: LevelShape, nodeId: NodeId): HotplugError =>
  outOfMemory(`a ${name} table`, { use: 'table', order: tableOrder, nodeId })

export function undoEntries(job: MapJob): void {
  const { shape, frames } = job.tables
  const freed = new FrameRuns((run) => frames.freeRun(run))
  for (const { words, index, entries, level, taken } of job.done.splice(0).reverse()) {
    clearEntries(shape, level, words.subarray(2 * index, 2 * (index + entries)))
    if (taken?.kind === 'tables') giveBackTables(job.tables, taken, freed)
    else if (taken?.kind === 'page run') frames.freeRun(taken)
    else if (taken?.kind === 'pages') frames.free(taken)
  }
  freed.end()
}

import { isAligned } from '../address/units'
import type { EntryWords } from '../model/page-table-geometry'
import { storeLeafTables } from './leaf-tables'
import { noTable, tableEntry } from './map-job'
import { freeEntries, putPages } from './put-entries'
import { takeTables } from './table-runs'
import { levelAt, placeAfter } from './table-shape'
import type { FreeEntry, LevelShape, MapJob, TablePlace, TableRun, Taken } from './table-types'
import { count, countLeaf } from './tally'
import { stepBetween, writeSteps } from './words'

/**
 * Writes entries that point at new tables, of which every entry is a leaf.
 * @returns bytes that they map; 0 where tables have to be filled entry by entry
 */
export function putLeafTables(job: MapJob, place: TablePlace, entry: FreeEntry): number {
  const { shape } = job.tables
  const { leafSizes, backing, offset } = job.request
  const level = levelAt(shape, place.level.index + 1)
  const isFull = leafSizes.includes(level.spanBytes)
  if (!isFull || (level.run !== undefined && leafSizes.includes(level.run.sizeBytes))) return 0
  const tables = { level, count: freeEntries(job, place.level, entry) }
  if (backing.kind === 'linear') {
    const address = backing.address + (entry.at - offset)
    if (!isAligned(address, level.spanBytes)) return 0
    mapByTables(job, place, { ...entry, ...tables, address })
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
function mapByTables(
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

import type { EntryWords, LeafTableKeeping } from '../model/page-table-geometry'
import { clearLeafTables } from './clear-leaf-tables'
import { dropLeafTables, leafEntry, leafTableAt, leafWords } from './leaf-tables'
import type { MapJob } from './map-job'
import type { FreeEntry } from './put-entries'
import { putLeafTables } from './put-leaf-tables'
import type { TableRun } from './table-frames'
import type { StoredTables, TablePlace } from './table-place'
import type { LevelShape } from './table-shape'
import type { MappedEntries, UnmapJob } from './unmap-range'

/** A table as one of its stretch. */
export interface LeafTable {
  readonly level: LevelShape
  /** Physical address, in bytes, that its first leaf maps. */
  readonly address: number
  /** How many tables of its stretch are not before it. */
  readonly count: number
}

/** How tables that are full of leaves are kept without being written down. Whoever reads a table reads the same words. */
export interface LeafTableOperations extends LeafTableKeeping {
  /** The table at a place, if it is one that is not written down. */
  at(tables: StoredTables, pfn: number): LeafTable | undefined
  /** An entry of it. */
  entry(tables: StoredTables, pfn: number, index: number): EntryWords | undefined
  /** Its words. */
  words(tables: StoredTables, pfn: number): Uint32Array | undefined
  /** Takes tables out of the stretch that they are in, if they are in one. */
  drop(tables: StoredTables, gone: TableRun): void
  /** Has entries point at new tables. @returns bytes that they map; 0 where tables have to be filled entry by entry */
  put(job: MapJob, place: TablePlace, entry: FreeEntry): number
  /** Gives tables back. @returns bytes that they mapped, from this entry on; 0 where it is to be looked into */
  clear(job: UnmapJob, level: LevelShape, entry: MappedEntries): number
}

const OPERATIONS: LeafTableOperations = {
  keeps: 'tables full of leaves',
  at: leafTableAt,
  entry(tables, pfn, index) {
    const table = leafTableAt(tables, pfn)
    return table && leafEntry(tables.shape, table, index)
  },
  words(tables, pfn) {
    const table = leafTableAt(tables, pfn)
    return table && leafWords(tables.shape, table)
  },
  drop: dropLeafTables,
  put: putLeafTables,
  clear: clearLeafTables,
}

/**
 * For architectures that map much memory by base pages: a gibibyte is a handful of numbers, not a quarter of a million entries.
 * @beta
 */
export const LEAF_TABLES: LeafTableKeeping = OPERATIONS

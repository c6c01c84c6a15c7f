import type { EntryWords } from '../model/page-table-geometry'
import { bootEntry, bootTable } from './boot-table'
import type { PageTables, TablePlace } from './table-place'
import {
  entryIndex,
  type LevelShape,
  levelAt,
  type RegionShape,
  type TableShape,
} from './table-shape'

/** The top-level table. */
export const rootPlace = (tables: PageTables, region: RegionShape, offset: number): TablePlace => ({
  region,
  level: levelAt(tables.shape, 0),
  offset,
  pfn: tables.state.rootPfn,
})

/** The table that an entry of `parent` points at. */
export function childPlace(
  tables: PageTables,
  parent: TablePlace,
  entry: { readonly low: number; readonly high: number; readonly offset: number },
): TablePlace {
  const { shape } = tables
  const address = shape.geometry.entries.address(entry.low, entry.high, parent.level.index)
  return {
    region: parent.region,
    level: levelAt(shape, parent.level.index + 1),
    offset: entry.offset,
    pfn: address / shape.pageBytes,
  }
}

/** The words of a table, for reading only. */
export function readTable(tables: PageTables, place: TablePlace): Uint32Array {
  return tables.state.tables.get(place.pfn) ?? bootTable(tables, place)
}

/** The entry of a table that covers `place.offset`. Cheaper than `readTable` for one entry of a boot table. */
export function readEntry(tables: PageTables, place: TablePlace): EntryWords {
  const words = tables.state.tables.get(place.pfn)
  if (words === undefined) return bootEntry(tables, place)
  const index = entryIndex(place.region, place.level, place.offset)
  return { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 }
}

/** The words of a table, for writing. A boot table joins `state.tables`. */
export function writeTable(tables: PageTables, place: TablePlace): Uint32Array {
  const stored = tables.state.tables.get(place.pfn)
  if (stored !== undefined) return stored
  const words = bootTable(tables, place)
  tables.state.tables.set(place.pfn, words)
  return words
}

/** True if none of these entries maps anything. @param words of a table, or of neighbouring entries of one */
export function areNone(shape: TableShape, level: LevelShape, words: Uint32Array): boolean {
  const { entries } = shape.geometry
  for (let i = 0; i < words.length; i += 2) {
    if (!entries.isNone(words[i] ?? 0, words[i + 1] ?? 0, level.index)) return false
  }
  return true
}

/** Makes entries that map nothing. @param words of neighbouring entries of a table */
export function clearEntries(shape: TableShape, level: LevelShape, words: Uint32Array): void {
  const { low, high } = shape.geometry.entries.none(level.index)
  for (let i = 0; i < words.length; i += 2) {
    words[i] = low
    words[i + 1] = high
  }
}

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

/** Neighbouring entries of a table. */
export interface EntryRange {
  readonly words: Uint32Array
  /** Of the first. */
  readonly index: number
  readonly count: number
}

/** How many entries of a range map nothing, up to the first that maps something. */
export function countNone(shape: TableShape, level: LevelShape, range: EntryRange): number {
  const { entries } = shape.geometry
  const { words, index, count } = range
  const none = entries.none(level.index)
  const end = 2 * (index + count)
  for (let i = 2 * index; i < end; i += 2) {
    const low = words[i] ?? 0
    const high = words[i + 1] ?? 0
    // Most are all but empty, and a table may have thousands.
    if (low === none.low && high === none.high) continue
    if (!entries.isNone(low, high, level.index)) return i / 2 - index
  }
  return count
}

/** True if none of these entries maps anything. @param words of a table, or of neighbouring entries of one */
export const areNone = (shape: TableShape, level: LevelShape, words: Uint32Array): boolean =>
  countNone(shape, level, { words, index: 0, count: words.length / 2 }) === words.length / 2

/** Makes leaves that map memory from a physical address on, one behind the other. @param address bytes */
export function writeLeaves(
  shape: TableShape,
  level: LevelShape,
  { words, index, count, address }: EntryRange & { readonly address: number },
): void {
  const { entries } = shape.geometry
  for (let i = 0; i < count; i++) {
    const { low, high } = entries.leaf(address + i * level.spanBytes, level.index)
    words[2 * (index + i)] = low
    words[2 * (index + i) + 1] = high
  }
}

/** Makes entries that map nothing. @param words of neighbouring entries of a table */
export function clearEntries(shape: TableShape, level: LevelShape, words: Uint32Array): void {
  const { low, high } = shape.geometry.entries.none(level.index)
  if (low === 0 && high === 0) words.fill(0)
  else writeEntries(words, { low, high })
}

function writeEntries(words: Uint32Array, { low, high }: EntryWords): void {
  for (let i = 0; i < words.length; i += 2) {
    words[i] = low
    words[i + 1] = high
  }
}

import type { EntryWords } from '../model/page-table-geometry'
import { bootEntry, bootTable } from './boot-table'
import { entryIndex, levelAt } from './table-shape'
import type { LevelShape, PageTables, RegionShape, TablePlace, TableShape } from './table-types'
import { countSteps, NO_STEP, stepBetween, writeSteps } from './words'

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
  return tables.state.tables.get(place.pfn) ?? wordsOfUnwritten(tables, place)
}

/** What a table holds that is not written down: full of leaves, or as boot made it. */
const wordsOfUnwritten = (tables: PageTables, place: TablePlace): Uint32Array =>
  tables.shape.leafTables?.words(tables, place.pfn) ?? bootTable(tables, place)

/** The entry of a table that covers `place.offset`. Cheaper than `readTable` for one entry of a table that is not written down. */
export function readEntry(tables: PageTables, place: TablePlace): EntryWords {
  const index = entryIndex(place.region, place.level, place.offset)
  const words = tables.state.tables.get(place.pfn)
  if (words !== undefined) return { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 }
  return tables.shape.leafTables?.entry(tables, place.pfn, index) ?? bootEntry(tables, place)
}

/** The words of a table, for writing: it is written down, in `state.tables`, from now on. */
export function writeTable(tables: PageTables, place: TablePlace): Uint32Array {
  const stored = tables.state.tables.get(place.pfn)
  if (stored !== undefined) return stored
  const words = wordsOfUnwritten(tables, place)
  tables.shape.leafTables?.drop(tables, { pfn: place.pfn, count: 1 })
  tables.state.tables.set(place.pfn, words)
  return words
}

/** True if none of these entries maps anything. @param words of a table, or of neighbouring entries of one */
export function areNone(shape: TableShape, level: LevelShape, words: Uint32Array): boolean {
  const { entries } = shape.geometry
  const isNone = (i: number): boolean =>
    entries.isNone(words[2 * i] ?? 0, words[2 * i + 1] ?? 0, level.index)
  const most = words.length / 2
  if (most === 0) return true
  if (!isNone(0)) return false
  // Those that are like the first need no look at each.
  for (let i = countSteps(words, { index: 0, most }, NO_STEP); i < most; i++)
    if (!isNone(i)) return false
  return true
}

/** Neighbouring entries of a table. */
export interface EntryRange {
  readonly words: Uint32Array
  /** Of the first. */
  readonly index: number
  readonly count: number
}

/** From the entry of a leaf that maps memory from a physical address on to the entry of the next. @param address bytes */
export function leafStep(shape: TableShape, level: LevelShape, address: number): EntryWords {
  const { entries } = shape.geometry
  return stepBetween(
    entries.leaf(address, level.index),
    entries.leaf(address + level.spanBytes, level.index),
  )
}

/** Makes leaves that map memory from a physical address on, one behind the other. @param address bytes */
export function writeLeaves(
  shape: TableShape,
  level: LevelShape,
  { words, index, count, address }: EntryRange & { readonly address: number },
): void {
  const first = shape.geometry.entries.leaf(address, level.index)
  writeSteps(words, { first, index, count }, leafStep(shape, level, address))
}

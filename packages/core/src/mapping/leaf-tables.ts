import type { LeafTables } from '../model/mapping-state'
import type { EntryWords } from '../model/page-table-geometry'
import { levelAt, placeAfter, tableStride } from './table-shape'
import type { LeafTable, LevelShape, StoredTables, TableShape } from './table-types'

/*
 * Tables that are full of leaves which map neighbouring memory are not written down: what they hold follows from what the
 * first of them maps. A gibibyte mapped by base pages is a quarter of a million entries in a thousand tables of s390, and a
 * handful of these. A table is written down, and leaves its stretch, when an entry is to change.
 */

/** Bytes that a table of a level maps. */
const tableBytes = ({ entries, spanBytes }: LevelShape): number => entries * spanBytes

/** A table of a stretch. */
interface InStretch {
  readonly index: number
  readonly stretch: LeafTables
  /** Its number in the stretch. */
  readonly number: number
}

/** Index of the first stretch that begins above a place. */
function firstAbove(stretches: readonly LeafTables[], pfn: number): number {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((stretches[middle]?.pfn ?? 0) <= pfn) low = middle + 1
    else high = middle
  }
  return low
}

function findInStretch({ shape, state }: StoredTables, pfn: number): InStretch | undefined {
  if (state.leafTables.length === 0) return undefined
  const index = firstAbove(state.leafTables, pfn) - 1
  const stretch = state.leafTables[index]
  if (stretch === undefined) return undefined
  const number = (pfn - stretch.pfn) / tableStride(levelAt(shape, stretch.levelIndex))
  return number < stretch.count ? { index, stretch, number } : undefined
}

/** The table at a place, if it is one that is not written down. */
export function leafTableAt(tables: StoredTables, pfn: number): LeafTable | undefined {
  const found = findInStretch(tables, pfn)
  if (found === undefined) return undefined
  const { stretch, number } = found
  const level = levelAt(tables.shape, stretch.levelIndex)
  const address = stretch.address + number * tableBytes(level)
  return { level, address, count: stretch.count - number }
}

/** Stores tables. Invariant: none is stored in their places. */
export function storeLeafTables({ state }: StoredTables, stretch: LeafTables): void {
  state.leafTables.splice(firstAbove(state.leafTables, stretch.pfn), 0, stretch)
}

/** Takes tables out of the stretch that they are in. Invariant: they are. */
export function dropLeafTables(
  tables: StoredTables,
  { pfn, count }: Pick<LeafTables, 'pfn' | 'count'>,
): void {
  const found = findInStretch(tables, pfn)
  if (found === undefined) return
  const { index, stretch, number } = found
  const level = levelAt(tables.shape, stretch.levelIndex)
  const before = { ...stretch, count: number }
  const after = {
    ...stretch,
    pfn: placeAfter(level, pfn, count),
    address: stretch.address + (number + count) * tableBytes(level),
    count: stretch.count - number - count,
  }
  const kept = [before, after].filter((part) => part.count > 0)
  tables.state.leafTables.splice(index, 1, ...kept)
}

/** An entry of a table that is not written down. */
export const leafEntry = (shape: TableShape, table: LeafTable, index: number): EntryWords =>
  shape.geometry.entries.leaf(table.address + index * table.level.spanBytes, table.level.index)

/** The words of a table that is not written down. */
export function leafWords(shape: TableShape, table: LeafTable): Uint32Array {
  const { entries } = table.level
  const words = new Uint32Array(2 * entries)
  for (let i = 0; i < entries; i++) {
    const { low, high } = leafEntry(shape, table, i)
    words[2 * i] = low
    words[2 * i + 1] = high
  }
  return words
}

/** A table that is stored, in either form. @alpha */
export interface StoredTable {
  /** Page of its first byte; a fraction where it shares a page with tables before it. */
  readonly pfn: number
  readonly entries: number
}

/** All tables that are stored. */
export function* storedTables({ shape, state }: StoredTables): Generator<StoredTable> {
  for (const [pfn, words] of state.tables) yield { pfn, entries: words.length / 2 }
  for (const stretch of state.leafTables) {
    const level = levelAt(shape, stretch.levelIndex)
    for (let i = 0; i < stretch.count; i++)
      yield { pfn: placeAfter(level, stretch.pfn, i), entries: level.entries }
  }
}

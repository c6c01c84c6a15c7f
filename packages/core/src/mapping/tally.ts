import type { PageTables } from './page-tables'
import type { RegionShape, TableShape } from './table-shape'

/** So many leaves of one size. */
export interface LeafCount {
  readonly leafBytes: number
  readonly count: number
}

/** So many tables of one level. */
export interface TableCount {
  /** Name of the level: `PMD`. */
  readonly level: string
  readonly count: number
}

/** Counts by level while an operation runs: leaves and tables apart. */
export interface Tally {
  readonly leaves: number[]
  readonly tables: number[]
}

export const newTally = (shape: TableShape): Tally => ({
  leaves: shape.levels.map(() => 0),
  tables: shape.levels.map(() => 0),
})

/** Adds to one count. @param levelIndex 0 is the top level */
export function count(counts: number[], levelIndex: number, by = 1): void {
  counts[levelIndex] = (counts[levelIndex] ?? 0) + by
}

/** Leaves by size, largest first, without zeros. */
export const leafCounts = (shape: TableShape, counts: readonly number[]): readonly LeafCount[] =>
  shape.levels
    .map((level) => ({ leafBytes: level.spanBytes, count: counts[level.index] ?? 0 }))
    .filter((entry) => entry.count > 0)

/** Tables by level, top first, without zeros. */
export const tableCounts = (shape: TableShape, counts: readonly number[]): readonly TableCount[] =>
  shape.levels
    .map((level) => ({ level: level.name, count: counts[level.index] ?? 0 }))
    .filter((entry) => entry.count > 0)

/** Enters leaves that came or went into the DirectMap* counters. Only the direct map is counted. */
export function adjustDirectMap(
  tables: PageTables,
  region: RegionShape,
  change: { readonly leaves: readonly LeafCount[]; readonly sign: 1 | -1 },
): void {
  if (region.name !== 'direct') return
  const { directMapBytes } = tables.state
  for (const entry of change.leaves) {
    const before = directMapBytes.get(entry.leafBytes) ?? 0
    directMapBytes.set(entry.leafBytes, before + change.sign * entry.count * entry.leafBytes)
  }
}

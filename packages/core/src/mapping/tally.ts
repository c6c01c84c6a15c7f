import type { LeafCount, RegionChange, TableCount } from '../model/mapping-change'
import type { PageTables, RegionShape, TableShape, Tally } from './table-types'

export const newTally = (shape: TableShape): Tally => ({
  leaves: new Map(),
  tables: shape.levels.map(() => 0),
  tablePages: 0,
  bootTables: 0,
  bootTablePages: 0,
  framePages: { allocator: 0, boot: 0, 'self-hosted': 0 },
  splits: new Map(),
  keptLeaves: 0,
  left: [],
})

/** Adds to one count. @param levelIndex 0 is the top level */
export function count(counts: number[], levelIndex: number, by = 1): void {
  counts[levelIndex] = (counts[levelIndex] ?? 0) + by
}

/** Adds leaves of a size to a count. */
export const countLeaf = (counts: Map<number, number>, leafBytes: number, by = 1): void =>
  void counts.set(leafBytes, (counts.get(leafBytes) ?? 0) + by)

/** Leaves by size, largest first. */
const leafCounts = (counts: ReadonlyMap<number, number>): readonly LeafCount[] =>
  [...counts]
    .map(([leafBytes, number]) => ({ leafBytes, count: number }))
    .sort((a, b) => b.leafBytes - a.leafBytes)

/** Tables by level, top first, without zeros. */
const tableCounts = (shape: TableShape, counts: readonly number[]): readonly TableCount[] =>
  shape.levels
    .map((level) => ({ level: level.name, count: counts[level.index] ?? 0 }))
    .filter((entry) => entry.count > 0)

/** Bytes of the leaves that a leaf is split into. */
const smallerLeaf = (shape: TableShape, leafBytes: number): number =>
  shape.levels.find((level) => level.spanBytes < leafBytes)?.spanBytes ?? leafBytes

/** The tally of an operation that is over. */
export const changeOf = (shape: TableShape, tally: Tally): RegionChange => ({
  ...tally,
  leaves: leafCounts(tally.leaves),
  tables: tableCounts(shape, tally.tables),
  splits: leafCounts(tally.splits).map((split) => ({
    ...split,
    smallerLeafBytes: smallerLeaf(shape, split.leafBytes),
  })),
})

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

import type {
  LeafCount,
  MappingChange,
  RegionChange,
  SplitCount,
  TableCount,
} from '../model/mapping-change'

/** Nothing came and nothing went. @beta */
export const NO_CHANGE: RegionChange = {
  leaves: [],
  tables: [],
  tablePages: 0,
  bootTables: 0,
  bootTablePages: 0,
  framePages: { allocator: 0, boot: 0, 'self-hosted': 0 },
  splits: [],
  keptLeaves: 0,
  left: [],
}

/** What several operations in one direction changed of a region together. @beta */
export function sumOfChanges(changes: readonly RegionChange[]): RegionChange {
  const [first = NO_CHANGE] = changes
  if (changes.length < 2) return first
  const sum = (numberOf: (change: RegionChange) => number): number =>
    changes.reduce((total, change) => total + numberOf(change), 0)
  return {
    leaves: sumOfLeaves(changes.flatMap((change) => change.leaves)),
    tables: sumOfTables(changes.flatMap((change) => change.tables)),
    tablePages: sum((change) => change.tablePages),
    bootTables: sum((change) => change.bootTables),
    bootTablePages: sum((change) => change.bootTablePages),
    framePages: {
      allocator: sum((change) => change.framePages.allocator),
      boot: sum((change) => change.framePages.boot),
      'self-hosted': sum((change) => change.framePages['self-hosted']),
    },
    splits: sumOfSplits(changes.flatMap((change) => change.splits)),
    keptLeaves: sum((change) => change.keptLeaves),
    left: changes.flatMap((change) => change.left),
  }
}

function sumOfLeaves(counts: readonly LeafCount[]): readonly LeafCount[] {
  const sums = new Map<number, number>()
  for (const { leafBytes, count } of counts) sums.set(leafBytes, (sums.get(leafBytes) ?? 0) + count)
  return [...sums]
    .map(([leafBytes, count]) => ({ leafBytes, count }))
    .sort((a, b) => b.leafBytes - a.leafBytes)
}

function sumOfTables(counts: readonly TableCount[]): readonly TableCount[] {
  const sums = new Map<string, number>()
  for (const { level, count } of counts) sums.set(level, (sums.get(level) ?? 0) + count)
  return [...sums].map(([level, count]) => ({ level, count }))
}

function sumOfSplits(counts: readonly SplitCount[]): readonly SplitCount[] {
  const sizes = new Map(counts.map((split) => [split.leafBytes, split.smallerLeafBytes]))
  return sumOfLeaves(counts).map((sum) => ({
    ...sum,
    smallerLeafBytes: sizes.get(sum.leafBytes) ?? sum.leafBytes,
  }))
}

/** Pages that left the page allocator, or came back to it. @alpha */
export const allocatorPages = ({ direct, memmap }: MappingChange): number =>
  [direct, memmap].reduce((sum, change) => sum + change.tablePages + change.framePages.allocator, 0)

import type { LeafCount, MappingChange, RegionChange } from '../model/mapping-change'

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
    leaves: sumBySize(changes.flatMap((change) => change.leaves)),
    tables: sumBy(
      ({ level }) => level,
      changes.flatMap((change) => change.tables),
    ),
    tablePages: sum((change) => change.tablePages),
    bootTables: sum((change) => change.bootTables),
    bootTablePages: sum((change) => change.bootTablePages),
    framePages: {
      allocator: sum((change) => change.framePages.allocator),
      boot: sum((change) => change.framePages.boot),
      'self-hosted': sum((change) => change.framePages['self-hosted']),
    },
    splits: sumBySize(changes.flatMap((change) => change.splits)),
    keptLeaves: sum((change) => change.keptLeaves),
    left: changes.flatMap((change) => change.left),
  }
}

/** Counts of what is of one size, largest first. */
const sumBySize = <Count extends LeafCount>(counts: readonly Count[]): readonly Count[] =>
  sumBy(({ leafBytes }) => leafBytes, counts).sort((a, b) => b.leafBytes - a.leafBytes)

function sumBy<Count extends { readonly count: number }>(
  keyOf: (count: Count) => unknown,
  counts: readonly Count[],
): Count[] {
  const sums = new Map<unknown, Count>()
  for (const each of counts) {
    const count = (sums.get(keyOf(each))?.count ?? 0) + each.count
    sums.set(keyOf(each), { ...each, count })
  }
  return [...sums.values()]
}

/** Pages that left the page allocator, or came back to it. @alpha */
export const allocatorPages = ({ direct, memmap }: MappingChange): number =>
  [direct, memmap].reduce((sum, change) => sum + change.tablePages + change.framePages.allocator, 0)

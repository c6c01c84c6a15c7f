// What page and worker both make of page tables.
import type { DrawnLeaves } from './protocol/table-rows'
import type { TableNode } from './protocol/timeline'

/** Leaves of a table, by size. */
export type Leaves = TableNode['leaves']

/** What a table is known by at all moments: its level and offset. */
export const keyOf = ({ level, offset }: Pick<TableNode, 'level' | 'offset'>): string =>
  `${level} ${offset}`

function countsOf(leaves: Leaves | null): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { leafBytes, count } of leaves ?? [])
    counts.set(leafBytes, (counts.get(leafBytes) ?? 0) + count)
  return counts
}

/**
 * Of each size the most that there ever were, and what there is.
 * @param seen what a table held until now, the last being now; null where it was not there
 */
export function drawnLeaves(seen: readonly (Leaves | null)[]): readonly DrawnLeaves[] {
  const counts = seen.map(countsOf)
  const are = counts.at(-1)
  const were = new Map<number, number>()
  for (const [leafBytes, count] of counts.flatMap((each) => [...each]))
    were.set(leafBytes, Math.max(count, were.get(leafBytes) ?? 0))
  return [...were]
    .sort(([a], [b]) => b - a)
    .map(([leafBytes, most]) => ({ leafBytes, were: most, are: are?.get(leafBytes) ?? 0 }))
}

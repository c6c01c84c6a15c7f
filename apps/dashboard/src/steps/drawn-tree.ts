// Page tables at all moments until now as one tree: what was, what is, and what will have gone in the end.
import type { DrawnLeaves, TableState } from '../protocol/table-rows'
import type { TableNode } from '../protocol/timeline'
import { drawnLeaves, keyOf } from '../table-nodes'

/** A table that is, or was. */
export interface DrawnTable {
  /** Level and offset. */
  readonly key: string
  readonly level: string
  readonly state: TableState
  readonly leaves: readonly DrawnLeaves[]
  readonly children: readonly DrawnTable[]
}

interface Found {
  readonly node: TableNode
  readonly parent: string | null
}

/** Tables of one moment by their keys, with the keys of those that link to them. */
function byKey(nodes: readonly TableNode[]): ReadonlyMap<string, Found> {
  return new Map(
    nodes.map((node) => {
      const parent = node.parent === null ? undefined : nodes[node.parent]
      return [keyOf(node), { node, parent: parent === undefined ? null : keyOf(parent) }]
    }),
  )
}

/** Trees that a drawing shows together. */
export interface TreeMoments {
  /** Of every moment until now, the last being now. */
  readonly seen: readonly (readonly TableNode[])[]
  /** Of the last moment of all. */
  readonly end: readonly TableNode[]
}

/** The roots of the tree of all tables that there are, or were. */
export function drawnTree(moments: TreeMoments): readonly DrawnTable[] {
  const seen = moments.seen.map(byKey)
  const [now, end] = [seen.at(-1) ?? byKey([]), byKey(moments.end)]
  const below = new Map<string | null, Found[]>()
  for (const found of new Map(seen.flatMap((each) => [...each])).values()) {
    const siblings = below.get(found.parent) ?? []
    below.set(found.parent, siblings)
    siblings.push(found)
  }
  const drawn = ({ node }: Found): DrawnTable => {
    const key = keyOf(node)
    return {
      key,
      level: node.level,
      state: !now.has(key) ? 'gone' : end.has(key) ? 'stays' : 'goes',
      leaves: drawnLeaves(seen.map((each) => each.get(key)?.node.leaves ?? null)),
      children: childrenOf(key),
    }
  }
  const childrenOf = (parent: string | null): readonly DrawnTable[] =>
    (below.get(parent) ?? []).toSorted((a, b) => a.node.offset - b.node.offset).map(drawn)
  return childrenOf(null)
}

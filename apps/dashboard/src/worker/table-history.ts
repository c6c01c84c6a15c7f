import type { TableRow, TableState } from '../protocol/table-rows'
import type { TableNode } from '../protocol/timeline'
import { drawnLeaves, keyOf, type Leaves } from '../table-nodes'

/** A table at all moments. */
interface KnownTable {
  readonly key: string
  readonly level: string
  readonly offset: number
  readonly parent: number | null
  readonly children: number[]
  /** What it held from a moment on; null where it was not there. Ascending. */
  readonly changes: { readonly at: number; readonly leaves: Leaves | null }[]
}

/** What a part of the tree holds at a moment, itself included. */
interface Total {
  tables: number
  left: number
  leaves: number
}

const sameLeaves = (a: Leaves | null | undefined, b: Leaves | null): boolean =>
  a === b ||
  (a !== undefined &&
    a !== null &&
    b !== null &&
    a.length === b.length &&
    a.every(({ leafBytes, count }, at) => leafBytes === b[at]?.leafBytes && count === b[at]?.count))

/** Page tables of one mapping at every moment. Of each table its changes alone are kept: most moments change a few. */
export class TableHistory {
  readonly #tables: KnownTable[] = []
  readonly #places = new Map<string, number>()
  #moments = 0
  /** Of the moment that was asked for last. */
  #totals: { readonly at: number; readonly of: readonly Total[] } | null = null

  /** Adds the next moment. @param tree each table behind the one that links to it */
  push(tree: readonly TableNode[]): void {
    const at = this.#moments
    const there = new Set<number>()
    for (const node of tree) {
      const place = this.#placeOf(node, tree)
      there.add(place)
      this.#change(place, at, node.leaves)
    }
    for (let place = 0; place < this.#tables.length; place++)
      if (!there.has(place)) this.#change(place, at, null)
    this.#moments += 1
    this.#totals = null
  }

  #placeOf(node: TableNode, tree: readonly TableNode[]): number {
    const key = keyOf(node)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const above = node.parent === null ? undefined : tree[node.parent]
    const parent = above === undefined ? null : (this.#places.get(keyOf(above)) ?? null)
    const place = this.#tables.length
    const { level, offset } = node
    this.#tables.push({ key, level, offset, parent, children: [], changes: [] })
    this.#places.set(key, place)
    if (parent !== null) this.#tables[parent]?.children.push(place)
    return place
  }

  #change(place: number, at: number, leaves: Leaves | null): void {
    const table = this.#tables[place]
    const last = table?.changes.at(-1)
    // A table that comes later was not there before.
    if (last === undefined && leaves === null) return
    if (!sameLeaves(last?.leaves, leaves)) table?.changes.push({ at, leaves })
  }

  /**
   * The rows that are seen at a moment, of tables that are there, or were.
   * @param open keys of tables whose children are seen; null: from the top down as long as a table links to one other
   */
  rows(at: number, open: readonly string[] | null): readonly TableRow[] {
    const opened = new Set(open ?? this.#firstOpen(at))
    const totals = this.#totalsAt(at)
    const rows: TableRow[] = []
    const add = (places: readonly number[], rails: readonly boolean[]): void => {
      const seen = places
        .filter((place) => (totals[place]?.tables ?? 0) > 0)
        .sort((a, b) => (this.#tables[a]?.offset ?? 0) - (this.#tables[b]?.offset ?? 0))
      for (const [index, place] of seen.entries()) {
        const table = this.#tables[place]
        const total = totals[place]
        if (table === undefined || total === undefined) continue
        const isLast = index === seen.length - 1
        const isOpen = opened.has(table.key) && table.children.length > 0
        rows.push({
          key: table.key,
          level: table.level,
          state: this.#stateAt(table, at),
          rails: [...rails, !isLast],
          place: index + 1,
          siblings: seen.length,
          isOpen,
          below: { tables: total.tables - 1, left: total.left - (isThere(table, at) ? 1 : 0) },
          leavesBelow: total.leaves,
          leaves: drawnLeaves(
            table.changes.flatMap((change) => (change.at <= at ? [change.leaves] : [])),
          ),
        })
        if (isOpen) add(table.children, [...rails, !isLast])
      }
    }
    add(this.#roots(), [])
    return rows
  }

  #roots(): readonly number[] {
    return this.#tables.flatMap(({ parent }, place) => (parent === null ? [place] : []))
  }

  #firstOpen(at: number): readonly string[] {
    const totals = this.#totalsAt(at)
    const open: string[] = []
    let places = this.#roots()
    while (places.length === 1) {
      const table = this.#tables[places[0] ?? -1]
      if (table === undefined) break
      open.push(table.key)
      places = table.children.filter((place) => (totals[place]?.tables ?? 0) > 0)
    }
    return open
  }

  #stateAt(table: KnownTable, at: number): TableState {
    if (!isThere(table, at)) return 'gone'
    return isThere(table, this.#moments - 1) ? 'stays' : 'goes'
  }

  /** From the last to the first: a table stands behind the one that links to it. */
  #totalsAt(at: number): readonly Total[] {
    if (this.#totals?.at === at) return this.#totals.of
    const of = this.#tables.map((): Total => ({ tables: 0, left: 0, leaves: 0 }))
    for (let place = of.length - 1; place >= 0; place--) {
      const [table, total] = [this.#tables[place], of[place]]
      const first = table?.changes[0]
      if (table === undefined || total === undefined || first === undefined || first.at > at)
        continue
      const leaves = leavesThen(table, at)
      total.tables += 1
      if (leaves !== null) total.left += 1
      for (const { count } of leaves ?? []) total.leaves += count
      const above = table.parent === null ? undefined : of[table.parent]
      if (above === undefined) continue
      above.tables += total.tables
      above.left += total.left
      above.leaves += total.leaves
    }
    this.#totals = { at, of }
    return of
  }
}

function leavesThen({ changes }: KnownTable, at: number): Leaves | null {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((changes[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return changes[low - 1]?.leaves ?? null
}

const isThere = (table: KnownTable, at: number): boolean => leavesThen(table, at) !== null

import type { Machine } from '@memhp/core'
import { type LinkedTable, linkedTables } from '@memhp/core/inspect'
import type { RegionName } from '@memhp/core/plugin'
import { regionOf } from './count-tables'
import type { Scope } from './scope'

/** The page tables that lead to some memory, by mapping; empty where a mapping is not in page tables. */
export type TableTrees = Readonly<Record<RegionName, readonly LinkedTable[]>>

/** Tables of one region, of several parts once: the parts share those above them. */
function treeOf(machine: Machine, name: RegionName, scope: Scope): readonly LinkedTable[] {
  const parts = regionOf(machine, name, scope)?.parts ?? []
  const trees = parts.map(({ start, end }) =>
    linkedTables(machine, { region: name, offset: start, sizeBytes: end - start }),
  )
  const merged: LinkedTable[] = []
  const places = new Map<string, number>()
  for (const tree of trees) {
    const placeOf: number[] = []
    for (const [index, table] of tree.entries()) {
      const key = `${table.level} ${table.offset}`
      const parent = table.parent === null ? null : (placeOf[table.parent] ?? null)
      const known = places.get(key)
      const before = known === undefined ? undefined : merged[known]
      const place = known ?? merged.length
      placeOf[index] = place
      places.set(key, place)
      merged[place] =
        before === undefined
          ? { ...table, parent }
          : { ...before, leaves: [...before.leaves, ...table.leaves] }
    }
  }
  return merged
}

/** The kernel's page tables over a scope, as a tree: each table behind the one that links to it. Changes nothing. */
export const tableTrees = (machine: Machine, scope: Scope): TableTrees =>
  machine.arch.mapping.tables === undefined
    ? { direct: [], vmemmap: [] }
    : { direct: treeOf(machine, 'direct', scope), vmemmap: treeOf(machine, 'vmemmap', scope) }

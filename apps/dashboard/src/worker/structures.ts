import type { Machine } from '@memhp/core'
import {
  type Census,
  type LevelCensus,
  type Scope,
  type TableTrees,
  tableTrees,
  takeCensus,
} from '@memhp/rehearsal'
import type {
  FileChange,
  LevelView,
  Structures,
  TablesView,
  TableTree,
  ZoneView,
} from '../protocol/timeline'

/** What is counted at a moment, and the page tables one by one. */
export interface Counted {
  readonly census: Census
  readonly trees: TableTrees
}

/** Tables of one mapping that are told one by one, at once; of more those that are opened. */
const MOST_TABLES = 1024

const levelView = ({ level, tables, ownTables, leaves }: LevelCensus): LevelView => ({
  level,
  tables,
  ownTables,
  leaves: leaves.map(({ leafBytes, count }) => ({ leafBytes, count })),
})

const treeView = (tree: TableTrees[keyof TableTrees]): TableTree =>
  tree.length > MOST_TABLES ? null : tree

function tablesView({ census: { tables, entries }, trees }: Counted): TablesView {
  return {
    kind: tables !== null ? 'tables' : entries !== null ? 'entries' : 'none',
    direct: tables?.direct.map(levelView) ?? [],
    vmemmap: tables?.vmemmap.map(levelView) ?? [],
    trees: { direct: treeView(trees.direct), vmemmap: treeView(trees.vmemmap) },
    hashEntries: {
      direct: entries?.direct.entries ?? 0,
      vmemmap: entries?.vmemmap.entries ?? 0,
    },
  }
}

/** The six structures of some memory, counted. @param going nodes that are to go */
export function structuresOf(counted: Counted, going: ReadonlySet<number>): Structures {
  const { census } = counted
  return {
    deviceRanges: census.devices.reduce((sum, { ranges }) => sum + ranges.length, 0),
    firmwareEntries: census.firmwareMap.length,
    iomemLines: census.iomem.length,
    sections: census.sections.present,
    blocks: census.sections.blocks.length,
    files: census.sections.blocks.reduce((sum, { files, links }) => sum + files + links, 0),
    tables: tablesView(counted),
    nodes: census.nodes.map(({ id, online }) => ({ id, online, isGoing: going.has(id) })),
  }
}

/** Counts in the midst of whatever is under way: it only looks. */
export const countOn = (machine: Machine, scope: Scope): Counted => ({
  census: takeCensus(machine, scope),
  trees: tableTrees(machine, scope),
})

/** Zones that have, or had, memory. */
export const zonesOf = (machine: Machine): readonly ZoneView[] =>
  [...machine.state.memory.zones.values()].map((zone) => ({
    node: zone.nodeId,
    name: zone.name,
    start: zone.startPfn,
    spanned: zone.spannedPages,
    present: zone.presentPages,
  }))

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** What a census finds in files, by path. */
function filesOf({ firmwareMap, iomem, nodes }: Census): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { index, start, end, type } of firmwareMap)
    files.set(`/sys/firmware/memmap/${index}/`, `${hex(start)}-${hex(end)} ${type}`)
  for (const { start, end, name } of iomem)
    files.set(`/proc/iomem: ${hex(start)}-${hex(end)}`, name)
  for (const { id, online } of nodes)
    if (online) files.set(`/sys/devices/system/node/node${id}/`, 'online')
  return files
}

/** Files that are others than before. */
export function fileChanges(
  { census: before }: Counted,
  { census: after }: Counted,
): readonly FileChange[] {
  const [was, is] = [filesOf(before), filesOf(after)]
  const paths = new Set([...was.keys(), ...is.keys()])
  return [...paths].flatMap((path): readonly FileChange[] => {
    const change = { path, before: was.get(path) ?? null, after: is.get(path) ?? null }
    return change.before === change.after ? [] : [change]
  })
}

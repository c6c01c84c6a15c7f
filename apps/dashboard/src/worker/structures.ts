import type { Machine } from '@memhp/core'
import { type Census, type LevelCensus, type Scope, takeCensus } from '@memhp/rehearsal'
import type { FileChange, LevelView, Structures, TablesView, ZoneView } from '../protocol/timeline'

const levelView = ({ level, tables, ownTables, leaves }: LevelCensus): LevelView => ({
  level,
  tables,
  ownTables,
  leaves: leaves.map(({ leafBytes, count }) => ({ leafBytes, count })),
})

function tablesView({ tables, entries }: Census): TablesView {
  return {
    kind: tables !== null ? 'tables' : entries !== null ? 'entries' : 'none',
    direct: tables?.direct.map(levelView) ?? [],
    vmemmap: tables?.vmemmap.map(levelView) ?? [],
    hashEntries: {
      direct: entries?.direct.entries ?? 0,
      vmemmap: entries?.vmemmap.entries ?? 0,
    },
  }
}

/** The six structures of some memory, counted. @param going nodes that are to go */
export function structuresOf(census: Census, going: ReadonlySet<number>): Structures {
  return {
    deviceRanges: census.devices.reduce((sum, { ranges }) => sum + ranges.length, 0),
    firmwareEntries: census.firmwareMap.length,
    iomemLines: census.iomem.length,
    sections: census.sections.present,
    blocks: census.sections.blocks.length,
    files: census.sections.blocks.reduce((sum, { files, links }) => sum + files + links, 0),
    tables: tablesView(census),
    nodes: census.nodes.map(({ id, online }) => ({ id, online, isGoing: going.has(id) })),
  }
}

/** Takes a census in the midst of whatever is under way: it only looks. */
export const censusOf = (machine: Machine, scope: Scope): Census => takeCensus(machine, scope)

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
export function fileChanges(before: Census, after: Census): readonly FileChange[] {
  const [was, is] = [filesOf(before), filesOf(after)]
  const paths = new Set([...was.keys(), ...is.keys()])
  return [...paths].flatMap((path): readonly FileChange[] => {
    const change = { path, before: was.get(path) ?? null, after: is.get(path) ?? null }
    return change.before === change.after ? [] : [change]
  })
}

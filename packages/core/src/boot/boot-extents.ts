import { blockId, type NodeId, nodeId, sectionNr } from '../address/brand'
import { invariant } from '../errors/invariant'
import type { Arch } from '../model/arch'
import type { ArchZone } from '../model/arch-geometry'
import type { BootSections } from '../model/boot-sections'
import type { MachineDescription } from '../model/description'
import type { Geometry } from '../model/geometry'
import type { BlockTable, BootExtent, SectionRun } from '../model/state'
import type { ZoneKey } from '../model/zone'
import { MOVABLE, zoneKey } from '../zone/zone-table'
import { bootMovable } from './boot-movable'

/** Boot memory cut where the zone or the node changes, ascending. */
export function bootExtents(
  description: MachineDescription,
  arch: Arch,
  geometry: Geometry,
): BootExtent[] {
  const movable = bootMovable(description, geometry)
  const extents: BootExtent[] = []
  for (const ram of description.ram) {
    const ranges = movable.get(ram.node)?.ranges ?? []
    let start = ram.start / geometry.pageBytes
    const end = ram.end / geometry.pageBytes
    while (start < end) {
      const cut = nextCut(arch, geometry, start)
      const move = ranges.find((range) => range.end > start)
      const inMovable = move !== undefined && move.start <= start
      const edge = move === undefined ? end : inMovable ? move.end : move.start
      const stop = Math.min(end, cut.endPfn, edge)
      const zone = inMovable ? MOVABLE.name : cut.zone
      extents.push({ startPfn: start, endPfn: stop, zone: zoneKey(nodeId(ram.node), zone) })
      start = stop
    }
  }
  return extents
}

function nextCut(arch: Arch, geometry: Geometry, pfn: number): { zone: string; endPfn: number } {
  const endOf = ({ endAddress }: ArchZone): number =>
    endAddress === null ? Number.POSITIVE_INFINITY : endAddress / geometry.pageBytes
  const zone = arch.geometry.zones.find((each) => pfn < endOf(each))
  invariant(zone, 'The last zone of an arch has no end.')
  return { zone: zone.name, endPfn: endOf(zone) }
}

const nodeOfZone = (key: ZoneKey): NodeId => nodeId(Number(key.slice(0, key.indexOf('/'))))

/** A unit (section or block) that boot memory touches: what is in it. */
interface Unit {
  readonly nr: number
  readonly zones: Set<ZoneKey>
  readonly nodes: Set<NodeId>
  pages: number
}

/** Runs of whole units of one zone, and the units at the edges one by one. */
interface Cut {
  readonly runs: { start: number; end: number; zone: ZoneKey; nodeId: NodeId }[]
  readonly edges: Map<number, Unit>
}

function cutIntoUnits(extents: readonly BootExtent[], unitPages: number): Cut {
  const cut: Cut = { runs: [], edges: new Map() }
  for (const { startPfn, endPfn, zone } of extents) {
    const firstWhole = Math.ceil(startPfn / unitPages)
    const lastWhole = Math.floor(endPfn / unitPages)
    const owner = nodeOfZone(zone)
    const addEdge = (nr: number, pages: number): void => {
      const unit = cut.edges.get(nr) ?? { nr, zones: new Set(), nodes: new Set(), pages: 0 }
      unit.zones.add(zone)
      unit.nodes.add(owner)
      unit.pages += pages
      cut.edges.set(nr, unit)
    }
    if (firstWhole > lastWhole) {
      addEdge(lastWhole, endPfn - startPfn)
      continue
    }
    if (startPfn < firstWhole * unitPages)
      addEdge(firstWhole - 1, firstWhole * unitPages - startPfn)
    if (firstWhole < lastWhole)
      cut.runs.push({ start: firstWhole, end: lastWhole, zone, nodeId: owner })
    if (endPfn > lastWhole * unitPages) addEdge(lastWhole, endPfn - lastWhole * unitPages)
  }
  return cut
}

export function bootSections(extents: readonly BootExtent[], geometry: Geometry): BootSections {
  const { runs, edges } = cutIntoUnits(extents, geometry.pagesPerSection)
  const mixed = [...edges.values()].flatMap(({ nr, pages, zones }) => {
    const zone = [...zones].at(-1)
    return zone === undefined ? [] : { nr, pages, zone, nodeId: nodeOfZone(zone) }
  })
  return { runs, mixed: mixed.sort((a, b) => a.nr - b.nr) }
}

/** Section runs of the table: the mixed sections are runs of one. */
export function sectionRuns(sections: BootSections): SectionRun[] {
  const all = [
    ...sections.runs,
    ...sections.mixed.map((section) => ({
      start: section.nr,
      end: section.nr + 1,
      nodeId: section.nodeId,
    })),
  ]
  return all
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, nodeId: owner }) => ({
      start: sectionNr(start),
      end: sectionNr(end),
      nodeId: owner,
      summary: 'free',
    }))
}

/** Block runs: the zone of a block is known only when all its boot memory is of one. Source: spec 1.2.4. */
export function blockRuns(extents: readonly BootExtent[], geometry: Geometry): BlockTable['runs'] {
  const { runs, edges } = cutIntoUnits(extents, geometry.pagesPerBlock)
  const whole = runs.map((run) => ({
    start: blockId(run.start),
    end: blockId(run.end),
    nodeId: run.nodeId,
    extraNodes: [],
    zone: run.zone,
  }))
  const partial = [...edges.values()].map((unit) => {
    const nodes = [...unit.nodes]
    const last = nodes.at(-1) ?? nodeId(0)
    return {
      start: blockId(unit.nr),
      end: blockId(unit.nr + 1),
      nodeId: last,
      extraNodes: nodes.filter((id) => id !== last),
      zone: unit.zones.size === 1 ? ([...unit.zones][0] ?? null) : null,
    }
  })
  return [...whole, ...partial].sort((a, b) => a.start - b.start)
}

import { blockId, type NodeId, pfn, sectionNr } from '../address/brand'
import { findBlock } from '../block/block-table'
import type { MemoryNode } from '../node/node'
import type { SectionUse } from '../page/page'
import { addPristine } from '../page/pristine'
import { seedSection } from '../page/seed'
import type { ZoneKey } from '../zone/zone'
import { zoneOf } from '../zone/zone-table'
import type { BootSections } from './boot-extents'
import type { Machine } from './machine'
import type { SectionRun } from './state'

const unused = (): SectionUse => ({
  reserved: 0,
  unmovable: 0,
  movable: 0,
  pinned: 0,
  withheld: 0,
  poisoned: 0,
  hugetlb: 0,
  hugetlbFree: 0,
})

const USES = [
  'reserved',
  'unmovable',
  'pinned',
  'hugetlb',
  'hugetlbFree',
  'withheld',
  'poisoned',
  'movable',
] as const

/** Pages of a node that are in use but have no known place yet. */
interface Unplaced {
  reserved: number
  unmovable: number
  movable: number
}

/**
 * Decides how the pages of boot memory are used: as captured block by block, and where only totals are known from the
 * bottom of each node up (reserved, then kernel memory, then movable pages). The rest is free. Costs follow the
 * number of extents and of known blocks, not the amount of memory.
 */
export function placeBootUse(machine: Machine, sections: BootSections): void {
  const known = knownUse(machine)
  const stops = [...known.keys()].sort((a, b) => a - b)
  const parts = partsByNode(sections)
  const reserved: SectionRun[] = []
  for (const node of machine.state.memory.nodes.values()) {
    const placing = { unplaced: unplacedUse(machine, node, known), known, stops, reserved }
    for (const part of parts.get(node.id) ?? []) {
      if (part.zone === undefined) placeMixed(machine, part, placing)
      else placeRun(machine, { start: part.start, end: part.end, zone: part.zone }, placing)
    }
  }
  markReserved(machine, reserved)
}

/** A run of whole sections of one zone, or one mixed section (`zone` undefined) of so many pages. */
interface Part {
  readonly start: number
  readonly end: number
  readonly zone: ZoneKey | undefined
  readonly pages: number
}

function partsByNode(sections: BootSections): ReadonlyMap<NodeId, Part[]> {
  const parts = new Map<NodeId, Part[]>()
  const add = (node: NodeId, part: Part): void => {
    const list = parts.get(node)
    if (list === undefined) parts.set(node, [part])
    else list.push(part)
  }
  for (const { start, end, zone, nodeId } of sections.runs)
    add(nodeId, { start, end, zone, pages: 0 })
  for (const { nr, pages, nodeId } of sections.mixed) {
    add(nodeId, { start: nr, end: nr + 1, zone: undefined, pages })
  }
  for (const list of parts.values()) list.sort((a, b) => a.start - b.start)
  return parts
}

/** Captured use by section number. */
function knownUse(machine: Machine): Map<number, SectionUse> {
  const { sectionsPerBlock } = machine.geometry
  const known = new Map<number, SectionUse>()
  for (const block of machine.description.blocks ?? []) {
    if (block.use === undefined || block.state === 'offline') continue
    for (let i = 0; i < sectionsPerBlock; i++) {
      const use = unused()
      for (const key of USES) {
        const total = block.use[key]
        use[key] =
          Math.floor((total * (i + 1)) / sectionsPerBlock) -
          Math.floor((total * i) / sectionsPerBlock)
      }
      known.set(block.id * sectionsPerBlock + i, use)
    }
  }
  return known
}

function unplacedUse(
  machine: Machine,
  node: MemoryNode,
  known: ReadonlyMap<number, SectionUse>,
): Unplaced {
  const { zones } = node
  const facts = machine.description.freePages?.find((entry) => entry.node === node.id)
  let present = 0
  let managed = 0
  for (const zone of zones) {
    present += zone.presentEarlyPages
    managed += Math.min(zone.managedPages, zone.presentEarlyPages)
  }
  const used = facts === undefined ? 0 : Math.max(0, managed - facts.pages)
  const unplaced = {
    reserved: present - managed,
    unmovable: Math.ceil(used / 2),
    movable: Math.floor(used / 2),
  }
  const { sectionsPerBlock } = machine.geometry
  for (const [nr, use] of known) {
    const block = findBlock(machine, blockId(Math.floor(nr / sectionsPerBlock)))
    if (block === undefined || !block.early || block.nodeId !== node.id) continue
    unplaced.reserved -= use.reserved
    unplaced.unmovable -=
      use.unmovable + use.pinned + use.hugetlb + use.hugetlbFree + use.withheld + use.poisoned
    unplaced.movable -= use.movable
  }
  return {
    reserved: Math.max(0, unplaced.reserved),
    unmovable: Math.max(0, unplaced.unmovable),
    movable: Math.max(0, unplaced.movable),
  }
}

function takeUse(unplaced: Unplaced, capacity: number): SectionUse {
  const use = unused()
  let left = capacity
  for (const key of ['reserved', 'unmovable', 'movable'] as const) {
    const taken = Math.min(unplaced[key], left)
    use[key] = taken
    unplaced[key] -= taken
    left -= taken
  }
  return use
}

interface Placing {
  /** What is still to be placed on the node. */
  readonly unplaced: Unplaced
  /** Captured use by section, and the sections that have one, ascending. */
  readonly known: ReadonlyMap<number, SectionUse>
  readonly stops: readonly number[]
  /** Takes the runs that are wholly reserved. */
  readonly reserved: SectionRun[]
}

function placeMixed(machine: Machine, part: Part, placing: Placing): void {
  const use = placing.known.get(part.start) ?? takeUse(placing.unplaced, part.pages)
  seedSection(machine, { nr: sectionNr(part.start), use })
}

interface WholeSections {
  readonly start: number
  readonly end: number
  readonly zone: ZoneKey
}

/** Places use in a run of whole sections of one zone, around those whose use is known. */
function placeRun(machine: Machine, run: WholeSections, placing: Placing): void {
  const { known, stops } = placing
  let { start } = run
  for (let next = stops.findIndex((stop) => stop >= start); start < run.end; next++) {
    const stop = stops[next] ?? run.end
    placeUnknown(machine, { start, end: Math.min(stop, run.end), zone: run.zone }, placing)
    const use = known.get(stop)
    if (stop < run.end && use !== undefined) seedSection(machine, { nr: sectionNr(stop), use })
    start = Math.max(start, stop) + 1
  }
}

/** Places what has no known place: sections that are wholly reserved, then mixed use, then free ones. */
function placeUnknown(machine: Machine, run: WholeSections, placing: Placing): void {
  const { pagesPerSection } = machine.geometry
  const { unplaced, reserved } = placing
  const zone = zoneOf(machine, run.zone)
  let { start } = run
  const whole = Math.min(Math.floor(unplaced.reserved / pagesPerSection), run.end - start)
  if (whole > 0) {
    unplaced.reserved -= whole * pagesPerSection
    const end = sectionNr(start + whole)
    reserved.push({ start: sectionNr(start), end, nodeId: zone.nodeId, uniform: 'reserved' })
    start = end
  }
  for (
    ;
    start < run.end && unplaced.reserved + unplaced.unmovable + unplaced.movable > 0;
    start++
  ) {
    seedSection(machine, { nr: sectionNr(start), use: takeUse(unplaced, pagesPerSection) })
  }
  if (start >= run.end) return
  const range = { start: pfn(start * pagesPerSection), end: pfn(run.end * pagesPerSection) }
  addPristine(machine, { zone, range })
}

/** Cuts the reserved runs out of the section table's free ones. Both are ascending within a node. */
function markReserved(machine: Machine, reserved: readonly SectionRun[]): void {
  const { runs } = machine.state.memory.sections
  const marks = [...reserved].sort((a, b) => a.start - b.start)
  let next = 0
  const cut = runs.flatMap((run) => {
    const parts: SectionRun[] = []
    let { start } = run
    for (let mark = marks[next]; mark !== undefined && mark.end <= run.end; mark = marks[++next]) {
      if (start < mark.start) parts.push({ ...run, start, end: mark.start })
      parts.push(mark)
      start = mark.end
    }
    if (start < run.end) parts.push({ ...run, start })
    return parts
  })
  runs.splice(0, runs.length, ...cut)
}

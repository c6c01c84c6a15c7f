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
  const parts = partsByNode(sections)
  const reserved: SectionRun[] = []
  for (const node of machine.state.memory.nodes.values()) {
    const unplaced = unplacedUse(machine, node, known)
    for (const part of parts.get(node.id) ?? []) {
      if (part.zone === undefined)
        placeMixed(machine, { nr: part.start, pages: part.pages, unplaced, known })
      else reserved.push(...placeRun(machine, { ...part, zone: part.zone, unplaced, known }))
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
  const present = zones.reduce((sum, zone) => sum + zone.presentEarlyPages, 0)
  const managed = zones.reduce(
    (sum, zone) => sum + Math.min(zone.managedPages, zone.presentEarlyPages),
    0,
  )
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
  readonly unplaced: Unplaced
  readonly known: ReadonlyMap<number, SectionUse>
}

function placeMixed(
  machine: Machine,
  what: Placing & { readonly nr: number; readonly pages: number },
): void {
  const { nr, pages, unplaced, known } = what
  seedSection(machine, { nr: sectionNr(nr), use: known.get(nr) ?? takeUse(unplaced, pages) })
}

/** Places use in a run of whole sections of one zone. @returns runs that are wholly reserved */
function placeRun(
  machine: Machine,
  run: Placing & { readonly start: number; readonly end: number; readonly zone: ZoneKey },
): SectionRun[] {
  const { pagesPerSection } = machine.geometry
  const { unplaced, known } = run
  const zone = zoneOf(machine, run.zone)
  const reserved: SectionRun[] = []
  let pristineFrom: number | undefined
  const flush = (end: number): void => {
    if (pristineFrom === undefined || pristineFrom >= end) return
    addPristine(machine, {
      zone,
      range: { start: pfn(pristineFrom * pagesPerSection), end: pfn(end * pagesPerSection) },
    })
    pristineFrom = undefined
  }
  // Sections whose use is known, and the next section after each: the only places where a run changes.
  const stops = [...known.keys()]
    .filter((nr) => nr >= run.start && nr < run.end)
    .sort((a, b) => a - b)
  let nr = run.start
  while (nr < run.end) {
    const left = unplaced.reserved + unplaced.unmovable + unplaced.movable
    const nextKnown = stops.find((stop) => stop >= nr) ?? run.end
    const use = known.get(nr)
    if (use !== undefined) {
      flush(nr)
      seedSection(machine, { nr: sectionNr(nr), use })
      nr += 1
    } else if (unplaced.reserved >= pagesPerSection) {
      const count = Math.min(Math.floor(unplaced.reserved / pagesPerSection), nextKnown - nr)
      unplaced.reserved -= count * pagesPerSection
      reserved.push({
        start: sectionNr(nr),
        end: sectionNr(nr + count),
        nodeId: zone.nodeId,
        uniform: 'reserved',
      })
      nr += count
    } else if (left > 0) {
      seedSection(machine, { nr: sectionNr(nr), use: takeUse(unplaced, pagesPerSection) })
      nr += 1
    } else {
      pristineFrom ??= nr
      nr = nextKnown
    }
  }
  flush(run.end)
  return reserved
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

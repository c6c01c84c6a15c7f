import { blockId, type NodeId, pfn, sectionNr } from '../address/brand'
import { findBlock } from '../block/block-table'
import type { MemoryNode } from '../node/node'
import type { SectionUse } from '../page/page'
import { addPristine } from '../page/pristine'
import { seedSection } from '../page/seed'
import type { Zone, ZoneKey } from '../zone/zone'
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

/** Pages of a node that are in use but have no known place yet. They go to the bottom of the node. */
interface Unplaced {
  reserved: number
  unmovable: number
  movable: number
}

/**
 * Decides how the pages of boot memory are used: as captured block by block, and where only totals are known as a booting
 * kernel does. Its image is reserved at the bottom of memory; what it allocates before there is a page allocator, the
 * memmap above all, is reserved at the top of each zone; kernel memory and then movable pages lie at the bottom of each
 * node. The rest is free. Costs follow the number of extents and of known blocks, not the amount of memory.
 * Source: mm/memblock.c (top down); /proc/kpageflags of guests with 1 to 5 GiB.
 */
export function placeBootUse(machine: Machine, sections: BootSections): void {
  const known = knownUse(machine)
  const stops = [...known.keys(), ...offlineSections(machine)].sort((a, b) => a - b)
  const parts = partsByNode(sections, machine.geometry.pagesPerSection)
  const reservedRuns: SectionRun[] = []
  let isLowest = true
  for (const node of machine.state.memory.nodes.values()) {
    const nodeParts = parts.get(node.id) ?? []
    const reserved = reservedByZone(machine, node, known)
    const image = isLowest ? takeImage(machine, reserved) : 0
    const unplaced = { reserved: image, ...usedPages(machine, node, known) }
    placeNode(machine, nodeParts, { unplaced, reserved, known, stops, reservedRuns })
    if (nodeParts.length > 0) isLowest = false
  }
  markReserved(machine, reservedRuns)
}

/** A run of whole sections of one zone, or one section that is mixed. */
interface Part {
  readonly start: number
  readonly end: number
  /** Of a mixed section: its highest zone. */
  readonly zone: ZoneKey
  /** Pages of each section. */
  readonly pages: number
  readonly isMixed: boolean
}

function partsByNode(sections: BootSections, pagesPerSection: number): ReadonlyMap<NodeId, Part[]> {
  const parts = new Map<NodeId, Part[]>()
  const add = (node: NodeId, part: Part): void => {
    const list = parts.get(node)
    if (list === undefined) parts.set(node, [part])
    else list.push(part)
  }
  for (const { start, end, zone, nodeId } of sections.runs)
    add(nodeId, { start, end, zone, pages: pagesPerSection, isMixed: false })
  for (const { nr, pages, nodeId, zone } of sections.mixed) {
    add(nodeId, { start: nr, end: nr + 1, zone, pages, isMixed: true })
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

/** Sections of boot memory that has gone offline since. */
function offlineSections({ description, geometry }: Machine): number[] {
  const { sectionsPerBlock } = geometry
  const offline = (description.blocks ?? []).filter(
    ({ early, state }) => early && state === 'offline',
  )
  return offline.flatMap(({ id }) =>
    Array.from({ length: sectionsPerBlock }, (_, i) => id * sectionsPerBlock + i),
  )
}

const isEarlyOn = (machine: Machine, node: MemoryNode, nr: number): boolean => {
  const block = findBlock(machine, blockId(Math.floor(nr / machine.geometry.sectionsPerBlock)))
  return block?.early === true && block.nodeId === node.id
}

const earlyManaged = ({ managedPages, presentEarlyPages }: Zone): number =>
  Math.min(managedPages, presentEarlyPages)

/** Boot memory of each zone that the page allocator never gets, but for what is known to lie somewhere. Lowest zone first. */
function reservedByZone(
  machine: Machine,
  node: MemoryNode,
  known: ReadonlyMap<number, SectionUse>,
): Map<ZoneKey, number> {
  const reserved = new Map<ZoneKey, number>()
  for (const zone of node.zones) reserved.set(zone.key, zone.presentEarlyPages - earlyManaged(zone))
  let placed = 0
  for (const [nr, use] of known) if (isEarlyOn(machine, node, nr)) placed += use.reserved
  takeLowest(reserved, placed)
  return reserved
}

/** Takes so many pages, if there are as many, from the lowest zones. @returns how many there were */
function takeLowest(reserved: Map<ZoneKey, number>, pages: number): number {
  let left = pages
  for (const [zone, count] of reserved) {
    const taken = Math.min(count, left)
    reserved.set(zone, count - taken)
    left -= taken
  }
  return pages - left
}

/** Takes out what lies in the lowest section: the kernel's image. How large it is no file tells. */
function takeImage({ geometry }: Machine, reserved: Map<ZoneKey, number>): number {
  const total = [...reserved.values()].reduce((sum, count) => sum + count, 0)
  return takeLowest(reserved, Math.min(Math.ceil(total / 2), geometry.pagesPerSection / 4))
}

/** Pages of boot memory that are in use, but for those with a known place. Half of them cannot move. */
function usedPages(
  machine: Machine,
  node: MemoryNode,
  known: ReadonlyMap<number, SectionUse>,
): Pick<Unplaced, 'unmovable' | 'movable'> {
  const facts = machine.description.freePages?.find((entry) => entry.node === node.id)
  const managed = node.zones.reduce((sum, zone) => sum + earlyManaged(zone), 0)
  const used = facts === undefined ? 0 : Math.max(0, managed - facts.pages)
  let unmovable = Math.ceil(used / 2)
  let movable = Math.floor(used / 2)
  for (const [nr, use] of known) {
    if (!isEarlyOn(machine, node, nr)) continue
    unmovable -=
      use.unmovable + use.pinned + use.hugetlb + use.hugetlbFree + use.withheld + use.poisoned
    movable -= use.movable
  }
  return { unmovable: Math.max(0, unmovable), movable: Math.max(0, movable) }
}

/** @param reservedHere pages of the section whose place is decided; part of its capacity */
function takeUse(unplaced: Unplaced, capacity: number, reservedHere = 0): SectionUse {
  const use = unused()
  let left = capacity - reservedHere
  for (const key of ['reserved', 'unmovable', 'movable'] as const) {
    const taken = Math.min(unplaced[key], left)
    use[key] = taken
    unplaced[key] -= taken
    left -= taken
  }
  use.reserved += reservedHere
  return use
}

interface Placing {
  /** What is still to be placed, from the bottom of the node up. */
  readonly unplaced: Unplaced
  /** Reserved pages that are still to be placed, at the top of their zone. */
  readonly reserved: Map<ZoneKey, number>
  /** Captured use by section. */
  readonly known: ReadonlyMap<number, SectionUse>
  /** Sections that nothing is placed in, ascending: their use is known, or they are offline. */
  readonly stops: readonly number[]
  /** Takes the runs that are wholly reserved. */
  readonly reservedRuns: SectionRun[]
}

/** A part, or a run of one, whose use is not known. */
interface UnknownRun extends Omit<Part, 'end'> {
  end: number
  /** Where it ended before wholly reserved sections were cut off. */
  readonly stop: number
  /** Reserved pages of its last section. */
  reservedAtEnd: number
}

function placeNode(machine: Machine, parts: readonly Part[], placing: Placing): void {
  const { stops, unplaced, reserved } = placing
  const runs = parts.map((part) => unknownRuns(part, stops))
  for (const run of runs.flat().reverse()) reserveTop(machine, run, placing)
  // A zone without a run of its own has what is left at the bottom.
  for (const count of reserved.values()) unplaced.reserved += count
  parts.forEach((part, index) => {
    placePart(machine, { part, runs: runs[index] ?? [] }, placing)
  })
}

/** The runs of a part that remain around some sections, ascending. */
function unknownRuns(part: Part, stops: readonly number[]): UnknownRun[] {
  const { start, end } = part
  const runs: UnknownRun[] = []
  let from = start
  for (const stop of [...stops.filter((nr) => nr >= start && nr < end), end]) {
    if (from < stop) runs.push({ ...part, start: from, end: stop, stop, reservedAtEnd: 0 })
    from = stop + 1
  }
  return runs
}

/** Cuts sections that are wholly reserved off the end of a run, and notes how much of the last one left is. */
function reserveTop(machine: Machine, run: UnknownRun, { reserved, reservedRuns }: Placing): void {
  let left = reserved.get(run.zone) ?? 0
  const whole = run.isMixed ? 0 : Math.min(Math.floor(left / run.pages), run.end - run.start)
  if (whole > 0) {
    const { nodeId } = zoneOf(machine, run.zone)
    const [start, end] = [sectionNr(run.end - whole), sectionNr(run.end)]
    reservedRuns.push({ start, end, nodeId, uniform: 'reserved' })
    run.end -= whole
    left -= whole * run.pages
  }
  if (run.start < run.end) run.reservedAtEnd = Math.min(left, run.pages)
  reserved.set(run.zone, left - run.reservedAtEnd)
}

/** Places the use of a part from the bottom up: sections whose use is known, and the runs between them. */
function placePart(
  machine: Machine,
  { part, runs }: { readonly part: Part; readonly runs: readonly UnknownRun[] },
  placing: Placing,
): void {
  const { known } = placing
  let at = part.start
  const seedKnown = (end: number): void => {
    for (; at < end; at++) {
      const use = known.get(at)
      if (use !== undefined) seedSection(machine, { nr: sectionNr(at), use })
    }
  }
  for (const run of runs) {
    seedKnown(run.start)
    placeUnknown(machine, run, placing)
    at = run.stop
  }
  seedKnown(part.end)
}

/** Places what has no known place: sections in use, then free ones, and the last one if some of it is reserved. */
function placeUnknown(machine: Machine, run: UnknownRun, { unplaced }: Placing): void {
  const { end, pages, isMixed, reservedAtEnd } = run
  let { start } = run
  const seed = (nr: number): void => {
    const use = takeUse(unplaced, pages, nr === end - 1 ? reservedAtEnd : 0)
    seedSection(machine, { nr: sectionNr(nr), use })
  }
  const isUsed = (): boolean =>
    isMixed || unplaced.reserved + unplaced.unmovable + unplaced.movable > 0
  while (start < end && isUsed()) seed(start++)
  const free = reservedAtEnd > 0 && start < end ? end - 1 : end
  if (start < free) {
    const range = { start: pfn(start * pages), end: pfn(free * pages) }
    addPristine(machine, { zone: zoneOf(machine, run.zone), range })
  }
  if (free < end) seed(free)
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

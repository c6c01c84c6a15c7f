import { type NodeId, pfn, sectionNr } from '../address/brand'
import type { BootSections } from '../model/boot-sections'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { PAGE_KIND, type SectionUse } from '../model/page'
import type { SectionRun } from '../model/state'
import type { ZoneKey } from '../model/zone'
import { nodeOf } from '../node/node-table'
import { findSection } from '../section/section-table'
import { recordCapturedUse } from '../section-pages/captured-use'
import { planCapturedUse } from '../section-pages/captured-use-plan'
import { addUntouchedRun } from '../section-pages/untouched-runs'
import { servesKernel, zoneOf } from '../zone/zone-table'
import {
  type Guest,
  knownUse,
  offlineSections,
  reservedByZone,
  takeBelowMovable,
  takeForShared,
  takeImage,
  takeUse,
  type Unplaced,
  usedPages,
} from './boot-amounts'

/**
 * Decides how the pages of boot memory are used: as captured block by block, and where only totals are known as a booting
 * kernel does. Its image is reserved at the bottom of memory; what it allocates before there is a page allocator, the
 * memmap above all, is reserved at the top of each zone; kernel memory and then movable pages lie at the bottom of each
 * node. The rest is free. Costs follow the number of extents and of known blocks, not the amount of memory.
 * Source: mm/memblock.c (top down); the page flags of the guests in captures/.
 */
export function placeBootUse(machine: Machine, sections: BootSections): void {
  const known = knownUse(machine)
  const stops = [...known.keys(), ...offlineSections(machine)].sort((a, b) => a - b)
  const cut = machine.subsystems.contiguousMemory?.cut(machine, sections) ?? sections
  const parts = partsByNode(cut, machine.geometry.pagesPerSection)
  const lowest = Math.min(...[...parts.values()].map(([part]) => part?.start ?? Infinity))
  const reservedRuns: SectionRun[] = []
  const guests: Guest[] = []
  for (const node of machine.state.memory.nodes.values()) {
    const nodeParts = parts.get(node.id) ?? []
    const reserved = reservedByZone(machine, node, known)
    const image = nodeParts[0]?.start === lowest ? takeImage(machine, reserved) : 0
    const low = image + takeBelowMovable(machine, node, reserved)
    const taken = takeForShared(machine, node, { sections, reserved })
    guests.push(...taken.filter(({ nr }) => !known.has(nr)))
    const unplaced = { reserved: low, ...usedPages(machine, node, known) }
    placeNode(machine, nodeParts, { unplaced, reserved, guests, known, stops, reservedRuns })
  }
  markReserved(machine, reservedRuns)
  if (machine.description.zones === undefined) matchSharedSections(machine, sections, guests)
}

/** Pages of a section that are reserved for nodes whose memory ends in it. */
const reservedForGuests = (guests: readonly Guest[], nr: number): number =>
  guests.reduce((sum, guest) => (guest.nr === nr ? sum + guest.pages : sum), 0)

/**
 * What is reserved in a section that nodes share may lie in pages of another node than the one that it was counted for: that one
 * manages less then, and the first one more.
 */
function matchSharedSections(
  machine: Machine,
  { mixed }: BootSections,
  guests: readonly Guest[],
): void {
  for (const { nr, nodeId: owner } of mixed) {
    const section = findSection(machine, sectionNr(nr))
    if (section === undefined) continue
    let ofOthers = 0
    for (const { start, end, kind, zone: key } of planCapturedUse(machine, section)) {
      if (kind !== PAGE_KIND.reserved || key === null) continue
      const zone = zoneOf(machine, key)
      if (zone.nodeId === owner) continue
      zone.managedPages -= end - start
      ofOthers += end - start
    }
    for (const { node, pages } of guests.filter((guest) => guest.nr === nr)) {
      manageMore(node, pages)
      ofOthers -= pages
    }
    manageMore(nodeOf(machine, owner), ofOthers)
  }
}

/** Makes the zones of a node manage a number of pages more, or less where it is negative, the highest zone first. */
function manageMore({ zones }: MemoryNode, pages: number): void {
  let left = pages
  for (const zone of zones.toReversed()) {
    const { managedPages, presentPages } = zone
    const given = Math.max(Math.min(left, presentPages - managedPages), -managedPages)
    zone.managedPages += given
    left -= given
  }
}

/** A run of whole sections of one zone, or one section that is mixed, or of which a part is set aside. */
interface Part {
  readonly start: number
  readonly end: number
  /** Of a mixed section: its highest zone. */
  readonly zone: ZoneKey
  /** Pages of each section, but for those that are set aside. */
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

interface Placing {
  /** What is still to be placed, from the bottom of the node up. */
  readonly unplaced: Unplaced
  /** Reserved pages that are still to be placed, at the top of their zone. */
  readonly reserved: Map<ZoneKey, number>
  /** Of the nodes so far. */
  readonly guests: readonly Guest[]
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
  let next = 0
  const runs = parts.map((part) => {
    while ((stops[next] ?? Infinity) < part.start) next++
    const first = next
    while ((stops[next] ?? Infinity) < part.end) next++
    return unknownRuns(part, stops.slice(first, next))
  })
  for (const run of runs.flat().reverse()) reserveTop(machine, run, placing)
  // A zone without its own run has what is left at the bottom.
  for (const count of reserved.values()) unplaced.reserved += count
  parts.forEach((part, index) => {
    placePart(machine, { part, runs: runs[index] ?? [] }, placing)
  })
}

/** The runs of a part that remain around some of its sections. All are ascending. */
function unknownRuns(part: Part, stops: readonly number[]): UnknownRun[] {
  const runs: UnknownRun[] = []
  let { start } = part
  const add = (end: number): void => {
    const { zone, pages, isMixed } = part
    if (start < end) runs.push({ start, end, zone, pages, isMixed, stop: end, reservedAtEnd: 0 })
    start = end + 1
  }
  for (const stop of stops) add(stop)
  add(part.end)
  return runs
}

/** Cuts sections that are wholly reserved off the end of a run, and notes how much of the last one left is. */
function reserveTop(
  machine: Machine,
  run: UnknownRun,
  { reserved, reservedRuns, guests }: Placing,
): void {
  let left = reserved.get(run.zone) ?? 0
  const whole = run.isMixed ? 0 : Math.min(Math.floor(left / run.pages), run.end - run.start)
  if (whole > 0) {
    const { nodeId } = zoneOf(machine, run.zone)
    const [start, end] = [sectionNr(run.end - whole), sectionNr(run.end)]
    reservedRuns.push({ start, end, nodeId, summary: 'reserved' })
    run.end -= whole
    left -= whole * run.pages
  }
  const free = run.pages - reservedForGuests(guests, run.end - 1)
  if (run.start < run.end) run.reservedAtEnd = Math.min(left, free)
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
      if (use !== undefined) recordCapturedUse(machine, { nr: sectionNr(at), use })
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
function placeUnknown(machine: Machine, run: UnknownRun, { unplaced, guests }: Placing): void {
  const { end, pages, isMixed, reservedAtEnd } = run
  let { start } = run
  if (!servesKernel(zoneOf(machine, run.zone))) makeMovable(unplaced)
  const seed = (nr: number): void => {
    const reserved = (nr === end - 1 ? reservedAtEnd : 0) + reservedForGuests(guests, nr)
    const use = takeUse(unplaced, pages, reserved)
    recordCapturedUse(machine, { nr: sectionNr(nr), use })
  }
  const isUsed = (): boolean =>
    isMixed || unplaced.reserved + unplaced.unmovable + unplaced.movable > 0
  while (start < end && isUsed()) seed(start++)
  const free = reservedAtEnd > 0 && start < end ? end - 1 : end
  if (start < free) {
    const range = { start: pfn(start * pages), end: pfn(free * pages) }
    addUntouchedRun(machine, { zone: zoneOf(machine, run.zone), range })
  }
  if (free < end) seed(free)
}

/** What is left when the lower zones are full can move: nothing of the kernel's is in HighMem. */
function makeMovable(unplaced: Unplaced): void {
  unplaced.movable += unplaced.unmovable
  unplaced.unmovable = 0
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

import { pfn, sectionNr } from '../address/brand'
import { findBlock } from '../block/block-table'
import { blockId } from '../address/brand'
import { addPristine } from '../page/pristine'
import { seedSection } from '../page/seed'
import type { SectionUse } from '../page/page'
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

const USES = ['reserved', 'unmovable', 'pinned', 'hugetlb', 'hugetlbFree', 'withheld', 'poisoned', 'movable'] as const

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
  const mixed = new Map(sections.mixed.map((section) => [section.nr, section]))
  const runs: SectionRun[] = []
  for (const node of machine.state.memory.nodes.values()) {
    const mine = [
      ...sections.runs.filter((run) => run.nodeId === node.id),
      ...[...mixed.values()]
        .filter((section) => section.nodeId === node.id)
        .map((section) => ({ start: section.nr, end: section.nr + 1, nodeId: node.id, zone: undefined })),
    ].sort((a, b) => a.start - b.start)
    const unplaced = unplacedUse(machine, node.id, known)
    for (const run of mine) {
      if (run.zone === undefined) placeMixed(machine, { nr: run.start, pages: mixed.get(run.start)?.pages ?? 0, unplaced, known })
      else runs.push(...placeRun(machine, { ...run, zone: run.zone, unplaced, known }))
    }
  }
  markReserved(machine, runs)
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
        use[key] = Math.floor((total * (i + 1)) / sectionsPerBlock) - Math.floor((total * i) / sectionsPerBlock)
      }
      known.set(block.id * sectionsPerBlock + i, use)
    }
  }
  return known
}

function unplacedUse(machine: Machine, node: number, known: ReadonlyMap<number, SectionUse>): Unplaced {
  const zones = [...machine.state.memory.zones.values()].filter((zone) => zone.nodeId === node)
  const facts = machine.description.freePages?.find((entry) => entry.node === node)
  const present = zones.reduce((sum, zone) => sum + zone.presentEarlyPages, 0)
  const managed = zones.reduce((sum, zone) => sum + Math.min(zone.managedPages, zone.presentEarlyPages), 0)
  const used = facts === undefined ? 0 : Math.max(0, managed - facts.pages)
  const unplaced = { reserved: present - managed, unmovable: Math.ceil(used / 2), movable: Math.floor(used / 2) }
  const { sectionsPerBlock } = machine.geometry
  for (const [nr, use] of known) {
    const block = findBlock(machine, blockId(Math.floor(nr / sectionsPerBlock)))
    if (block === undefined || !block.early || block.nodeId !== node) continue
    unplaced.reserved -= use.reserved
    unplaced.unmovable -= use.unmovable + use.pinned + use.hugetlb + use.hugetlbFree + use.withheld + use.poisoned
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

function placeMixed(machine: Machine, what: Placing & { readonly nr: number; readonly pages: number }): void {
  const { nr, pages, unplaced, known } = what
  seedSection(machine, { nr: sectionNr(nr), use: known.get(nr) ?? takeUse(unplaced, pages) })
}

/** Places use in a run of whole sections of one zone. @returns runs that are wholly reserved */
function placeRun(
  machine: Machine,
  run: Placing & { readonly start: number; readonly end: number; readonly zone: `${number}/${string}`; readonly nodeId: number },
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
  const stops = [...known.keys()].filter((nr) => nr >= run.start && nr < run.end).sort((a, b) => a - b)
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
      reserved.push({ start: sectionNr(nr), end: sectionNr(nr + count), nodeId: zone.nodeId, uniform: 'reserved' })
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

/** Cuts the reserved runs out of the section table's free ones. */
function markReserved(machine: Machine, reserved: readonly SectionRun[]): void {
  const { runs } = machine.state.memory.sections
  for (const mark of reserved) {
    const index = runs.findIndex((run) => run.start <= mark.start && mark.end <= run.end)
    const run = runs[index]
    if (run === undefined) continue
    const parts: SectionRun[] = [mark]
    if (run.start < mark.start) parts.unshift({ ...run, end: mark.start })
    if (mark.end < run.end) parts.push({ ...run, start: mark.end })
    runs.splice(index, 1, ...parts)
  }
}

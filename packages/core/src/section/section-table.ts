import { type NodeId, type Pfn, pfn, type SectionNr, sectionNr } from '../address/brand'
import { firstEndingAbove } from '../address/interval-set'
import type { PfnRange, Range } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { noteSection } from '../machine/write-log'
import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import type { BootExtent, SectionRun } from '../model/state'
import type { ZoneKey } from '../model/zone'

/** The section that holds a page, present or not. */
export const sectionOfPfn = (machine: Machine, page: number): SectionNr =>
  sectionNr(Math.floor(page / machine.geometry.pagesPerSection))

/** The pages of a section. @beta */
export function sectionPages(machine: Machine, nr: SectionNr): PfnRange {
  const { pagesPerSection } = machine.geometry
  return { start: pfn(nr * pagesPerSection), end: pfn((nr + 1) * pagesPerSection) }
}

function runOf(machine: Machine, nr: SectionNr): SectionRun | undefined {
  const { runs } = machine.state.memory.sections
  const run = runs[firstEndingAbove(runs, nr)]
  return run !== undefined && run.start <= nr ? run : undefined
}

const untouched = (nr: SectionNr, run: Pick<Section, 'nodeId' | 'summary'>): Section => ({
  nr,
  nodeId: run.nodeId,
  early: true,
  online: true,
  zone: null,
  summary: run.summary,
  capturedUse: null,
  pages: null,
  pageblocks: null,
  selfHostedPages: 0,
  typesBefore: null,
  poisonedPages: [],
})

/** True if the section has a memmap. @beta */
export function isSectionPresent(machine: Machine, nr: SectionNr): boolean {
  return machine.state.memory.sections.separated.has(nr) || runOf(machine, nr) !== undefined
}

/**
 * A section as it is, to read only. An untouched one is made up on the spot and not stored.
 * @returns undefined where no section is present
 * @alpha
 */
export function findSection(machine: Machine, nr: SectionNr): Readonly<Section> | undefined {
  const stored = machine.state.memory.sections.separated.get(nr)
  if (stored !== undefined) return stored
  const run = runOf(machine, nr)
  return run === undefined ? undefined : untouched(nr, run)
}

/**
 * A section to change. An untouched one leaves its run.
 * @throws InvariantViolation where no section is present
 * @alpha
 */
export function writableSection(machine: Machine, nr: SectionNr): Section {
  noteSection(machine, nr)
  const { runs, separated, own } = machine.state.memory.sections
  const stored = separated.get(nr)
  if (stored !== undefined) return own.has(nr) ? stored : ownSection(machine, stored)
  const index = firstEndingAbove(runs, nr)
  const run = runs[index]
  invariant(run !== undefined && run.start <= nr, `Section ${nr} is not present.`)
  const kept = [
    { ...run, end: nr },
    { ...run, start: sectionNr(nr + 1) },
  ].filter((part) => part.start < part.end)
  runs.splice(index, 1, ...kept)
  const section = untouched(nr, run)
  enterSection(machine, section)
  return section
}

/** Puts a copy in the place of a section that snapshots hold, too. */
function ownSection(machine: Machine, shared: Readonly<Section>): Section {
  const copy = machine.copySection?.(shared)
  invariant(copy, 'Who shares sections says how they are copied.')
  enterSection(machine, copy)
  return copy
}

/** Puts a section into the table that nothing else holds. */
function enterSection({ state }: Machine, section: Section): void {
  const { separated, own } = state.memory.sections
  separated.set(section.nr, section)
  own.add(section.nr)
}

/**
 * Makes a hot-added section present: offline, in no zone, not early.
 * @throws HotplugError SECTION_EXISTS (EEXIST) where it has a memmap already
 * Source: sparse_add_section, mm/sparse.c 6.1.
 * @beta
 */
export function addSection(
  machine: Machine,
  added: { readonly nr: SectionNr; readonly nodeId: NodeId },
): Section {
  const { nr, nodeId } = added
  if (isSectionPresent(machine, nr)) {
    throw new HotplugError('SECTION_EXISTS', 'EEXIST', `Section ${nr} has a memmap already.`, {
      detail: { section: nr },
    })
  }
  const known = untouched(nr, { nodeId, summary: 'offline' })
  const section = { ...known, early: false, online: false }
  enterSection(machine, section)
  noteSection(machine, nr)
  return section
}

/**
 * Forgets an offline section, with its poison marks and that it was there at boot.
 * @throws InvariantViolation where it is online, in a zone or not present
 * Source: section_deactivate and clear_hwpoisoned_pages, mm/sparse.c 6.1.
 * @beta
 */
export function removeSection(machine: Machine, nr: SectionNr): void {
  const section = writableSection(machine, nr)
  invariant(!section.online && section.zone === null, `Section ${nr} is still in use.`)
  const { separated, own } = machine.state.memory.sections
  separated.delete(nr)
  own.delete(nr)
}

/** Sections with a memmap. Costs as many steps as there are runs. */
export function presentSectionCount(machine: Machine): number {
  const { runs, separated } = machine.state.memory.sections
  return runs.reduce((count, run) => count + (run.end - run.start), separated.size)
}

/** Index of the first boot extent that ends above a page. */
function firstExtentEndingAbove(extents: readonly BootExtent[], page: number): number {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const extent = extents[middle]
    if (extent !== undefined && extent.endPfn <= page) low = middle + 1
    else high = middle
  }
  return low
}

/** The boot extents that meet a range of pages, ascending. @alpha */
export function bootExtentsIn(machine: Machine, range: Range): readonly BootExtent[] {
  const { bootExtents } = machine.state.memory.sections
  const from = firstExtentEndingAbove(bootExtents, range.start)
  let to = from
  for (let extent = bootExtents[to]; extent !== undefined; extent = bootExtents[++to]) {
    if (extent.startPfn >= range.end) break
  }
  return bootExtents.slice(from, to)
}

/** The boot extent that holds a page; undefined for a hole. */
export function bootExtentOf(machine: Machine, page: number): BootExtent | undefined {
  const { bootExtents } = machine.state.memory.sections
  const extent = bootExtents[firstExtentEndingAbove(bootExtents, page)]
  return extent !== undefined && extent.startPfn <= page ? extent : undefined
}

/** The zone of a page; null where the page is offline, absent or in a hole. @alpha */
export function zoneOfPfn(machine: Machine, page: Pfn): ZoneKey | null {
  const nr = sectionOfPfn(machine, page)
  const section = machine.state.memory.sections.separated.get(nr)
  if (section === undefined) {
    return runOf(machine, nr) === undefined ? null : (bootExtentOf(machine, page)?.zone ?? null)
  }
  if (!section.online) return null
  return section.zone ?? bootExtentOf(machine, page)?.zone ?? null
}

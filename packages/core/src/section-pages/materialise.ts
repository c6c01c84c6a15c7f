import type { SectionNr } from '../address/brand'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import type { UseSegment } from '../model/section-use'
import { writableSection } from '../section/section-table'
import { zoneOf } from '../zone/zone-table'
import { backgroundAllocation } from './captured-use'
import { planCapturedUse, plannedFreePages, plannedUnmovablePageblocks } from './captured-use-plan'
import { createColumns, isMaterialised, ownedColumns, pageblockShift, sectionBase } from './columns'
import { linkRange } from './free-list'
import { linkByType } from './pageblock'
import { removeUntouchedRun } from './untouched-runs'
import { zoneSliceAt } from './zone-slice'

/**
 * A section with its page descriptors, materialised now if it has none yet.
 * @throws InvariantViolation where the section is offline or not present
 */
export function materialise(machine: Machine, nr: SectionNr): MaterialisedSection {
  const section = writableSection(machine, nr)
  if (isMaterialised(section)) return section
  invariant(section.online, `Section ${nr} is offline.`)
  if (section.summary === 'captured') return layOutSeed(machine, section)
  if (section.summary === 'reserved') return layOutReserved(machine, section)
  return layOutFree(machine, section)
}

/** Gives a section empty columns. Its pageblocks are all of one type. */
function open(machine: Machine, section: Section, pageblockType: number): MaterialisedSection {
  const { pagesPerSection, pageblockPages } = machine.geometry
  const pages = createColumns(machine)
  const pageblocks = new Uint8Array(pagesPerSection / pageblockPages).fill(pageblockType)
  section.pages = pages
  section.pageblocks = pageblocks
  section.summary = 'free'
  section.capturedUse = null
  invariant(isMaterialised(section), `Section ${section.nr} is open.`)
  return section
}

function layOutReserved(machine: Machine, section: Section): MaterialisedSection {
  const opened = open(machine, section, MIGRATE_TYPE.movable)
  opened.pages.kind.fill(PAGE_KIND.reserved)
  return opened
}

/** Pages at the start hold the block's memmap; all others are free, or free and isolated. */
function layOutFree(machine: Machine, section: Section): MaterialisedSection {
  const { pagesPerSection } = machine.geometry
  const isolated = section.summary === 'isolated'
  const { selfHostedPages: start } = section
  const base = sectionBase(machine, section)
  const opened = open(machine, section, isolated ? MIGRATE_TYPE.isolate : MIGRATE_TYPE.movable)
  opened.pages.kind.fill(PAGE_KIND.selfHostedMemmap, 0, start)
  opened.pageblocks.fill(MIGRATE_TYPE.unmovable, 0, start >>> pageblockShift(machine))
  opened.pages.kind.fill(PAGE_KIND.freeTail, start)
  const slice = zoneSliceAt(machine, opened, start)
  if (!isolated) {
    removeUntouchedRun(slice.zone, { start: base + start, end: base + pagesPerSection })
  }
  const all = { start, end: slice.end }
  const healthy = machine.subsystems.memoryFailure?.retireAgain(machine, opened, all) ?? [all]
  const { onlined } = machine.generation.rules.allocator
  for (const range of healthy) linkRange(slice, range, onlined)
  return opened
}

function layOutSeed(machine: Machine, section: Section): MaterialisedSection {
  const plan = planCapturedUse(machine, section)
  for (const [key, pages] of plannedFreePages(plan)) {
    const { free } = zoneOf(machine, key)
    free.captured.delete(section.nr)
    free.capturedFreePages -= pages
    free.freePages -= pages
  }
  const opened = open(machine, section, MIGRATE_TYPE.movable)
  for (const block of plannedUnmovablePageblocks(machine, plan)) {
    opened.pageblocks[block] = MIGRATE_TYPE.unmovable
  }
  machine.subsystems.contiguousMemory?.layOut(machine, opened)
  for (const segment of plan) layOutSegment(machine, opened, segment)
  linkPlanned(machine, opened, plan)
  return opened
}

/** Links the free pages of a plan; those of segments that touch within a zone's part of the section together. */
function linkPlanned(
  machine: Machine,
  opened: MaterialisedSection,
  plan: readonly UseSegment[],
): void {
  let linked = 0
  plan.forEach(({ start, kind }, i) => {
    if (kind !== PAGE_KIND.free || start < linked) return
    const slice = zoneSliceAt(machine, opened, start)
    linked = start
    for (const next of plan.slice(i)) {
      if (next.kind !== PAGE_KIND.free || next.start !== linked || linked >= slice.end) break
      linked = next.end
    }
    linkByType(machine, slice, { start, end: linked })
  })
}

function layOutSegment(machine: Machine, section: MaterialisedSection, segment: UseSegment): void {
  const { start, end, kind, flags } = segment
  const { pages } = section
  if (flags !== 0) pages.flags.fill(flags, start, end)
  if (kind === PAGE_KIND.hugetlb || kind === PAGE_KIND.hugetlbFree) {
    machine.subsystems.hugePages?.layOut(machine, pages, segment)
    return
  }
  pages.kind.fill(kind === PAGE_KIND.free ? PAGE_KIND.freeTail : kind, start, end)
  if (kind === PAGE_KIND.lru) {
    ownedColumns(pages).owner.fill(backgroundAllocation(machine, section.nodeId).id, start, end)
  }
}

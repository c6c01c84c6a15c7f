import type { NodeId, SectionNr } from '../address/brand'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { PAGE_KIND, type SectionUse, type TrackedAllocation } from '../model/page'
import type { Section } from '../model/section'
import { writableSection } from '../section/section-table'
import { zoneOf } from '../zone/zone-table'
import { planCapturedUse, plannedFreePages } from './captured-use-plan'
import { isMaterialised, sectionBase } from './columns'
import { isUntouched, removeUntouchedRun } from './untouched-runs'
import { zoneExtents } from './zone-slice'

/**
 * The owner of a node's background: movable memory of whom nothing is known but that it is there.
 * Made when it is first asked for.
 */
export function backgroundAllocation(machine: Machine, nodeId: NodeId): TrackedAllocation {
  const { memory } = machine.state
  const name = `background of node ${nodeId}`
  for (const owner of memory.allocations.values()) {
    if (owner.kind === 'background' && owner.name === name) return owner
  }
  const id = memory.nextAllocationId++
  const owner: TrackedAllocation = {
    id,
    name,
    kind: 'background',
    pages: new Float64Array(0),
    seed: 0,
  }
  memory.allocations.set(id, owner)
  return owner
}

/**
 * Says how the pages of an online section are used, without laying them out. What is not used is free.
 * A section that boot memory fills only in part, or with several zones, must be captured, if only with nothing.
 * @param captured `use` in pages; its sum must not be above the pages that are present
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) where more is used than present; nothing has changed then
 * @throws InvariantViolation where the section is offline, captured already, or looked at page by page
 */
export function recordCapturedUse(
  machine: Machine,
  captured: { readonly nr: SectionNr; readonly use: SectionUse },
): void {
  const section = writableSection(machine, captured.nr)
  const before = section.summary
  invariant(
    section.online && !isMaterialised(section) && (before === 'free' || before === 'reserved'),
    `Section ${captured.nr} cannot be captured.`,
  )
  const plan = planCapturedUse(machine, { ...section, capturedUse: captured.use })
  withdrawPristine(machine, section)
  section.capturedUse = { ...captured.use }
  section.summary = 'captured'
  for (const [key, pages] of plannedFreePages(plan)) {
    const { free } = zoneOf(machine, key)
    free.captured.add(section.nr)
    free.capturedFreePages += pages
    free.freePages += pages
  }
  machine.subsystems.hugePages?.enter(machine, section, plan)
  if (plan.some((segment) => segment.kind === PAGE_KIND.lru)) {
    backgroundAllocation(machine, section.nodeId)
  }
}

function withdrawPristine(machine: Machine, section: Section): void {
  const base = sectionBase(machine, section)
  for (const part of zoneExtents(machine, section)) {
    const zone = zoneOf(machine, part.zone)
    const range = { start: base + part.start, end: base + part.end }
    if (isUntouched(zone, range)) removeUntouchedRun(zone, range)
  }
}

/**
 * Changes how a captured section is used, as long as it is not materialised.
 * @param change pages of that use more (or, negative, fewer) than before
 * @returns how many of them the section could take: never more than were free, or than were used so, and no
 *   unmovable ones where it has huge pages
 */
export function changeCapturedUse(
  machine: Machine,
  change: {
    readonly nr: SectionNr
    readonly use: 'movable' | 'unmovable'
    readonly pages: number
  },
): number {
  const section = writableSection(machine, change.nr)
  const { capturedUse } = section
  if (section.summary !== 'captured' || capturedUse === null) return 0
  // Unmovable pages lie below the huge ones, whose places are known already.
  if (change.use === 'unmovable' && capturedUse.hugetlb + capturedUse.hugetlbFree > 0) return 0
  const before = plannedFreePages(planCapturedUse(machine, section))
  const free = [...before.values()].reduce((sum, pages) => sum + pages, 0)
  const pages = Math.max(-capturedUse[change.use], Math.min(change.pages, free))
  section.capturedUse = { ...capturedUse, [change.use]: capturedUse[change.use] + pages }
  const after = plannedFreePages(planCapturedUse(machine, section))
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const more = (after.get(key) ?? 0) - (before.get(key) ?? 0)
    const { free: area } = zoneOf(machine, key)
    area.capturedFreePages += more
    area.freePages += more
    if ((after.get(key) ?? 0) === 0) area.captured.delete(section.nr)
    else area.captured.add(section.nr)
  }
  if (pages > 0) backgroundAllocation(machine, section.nodeId)
  return pages
}

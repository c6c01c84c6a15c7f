import { type NodeId, type SectionNr, sectionNr } from '../address/brand'
import type { Range } from '../address/range'
import { freeRange } from '../allocator/buddy'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import { isMaterialised } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'
import { zoneExtents } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'

/**
 * Gives pages that boot has reserved on a node to the allocator, which manages them from then on: the highest first, as boot
 * allocates from the top of memory. Of pages that are not online none is given.
 * @returns how many there were, if fewer than asked for
 * Source: free_reserved_page, mm/page_alloc.c 6.1
 */
export function freeReservedPages(
  machine: Machine,
  request: { readonly nodeId: NodeId; readonly pages: number },
): number {
  let left = request.pages
  for (const nr of sectionsWithReserved(machine, request.nodeId)) {
    if (left === 0) break
    left -= freeInSection(machine, materialise(machine, nr), left)
  }
  return request.pages - left
}

/** Sections of a node's boot memory that may have reserved pages, from the top down. */
function sectionsWithReserved(machine: Machine, nodeId: NodeId): readonly SectionNr[] {
  const { runs, separated } = machine.state.memory.sections
  const found = [...separated.values()]
    .filter((section) => section.nodeId === nodeId && mayHaveReserved(section))
    .map(({ nr }) => nr)
  for (const run of runs) {
    if (run.nodeId !== nodeId || run.summary !== 'reserved') continue
    for (let nr: number = run.start; nr < run.end; nr++) found.push(sectionNr(nr))
  }
  return found.toSorted((a, b) => b - a)
}

const mayHaveReserved = (section: Readonly<Section>): boolean =>
  section.early &&
  section.online &&
  (isMaterialised(section) ||
    section.summary === 'reserved' ||
    (section.capturedUse?.reserved ?? 0) > 0)

/** @param pages how many at most. @returns how many there were */
function freeInSection(machine: Machine, section: MaterialisedSection, pages: number): number {
  let freed = 0
  for (const extent of zoneExtents(machine, section).toReversed()) {
    while (freed < pages) {
      const run = highestReserved(section, extent, pages - freed)
      if (run === undefined) break
      freeRange(machine, { section, range: run })
      const count = run.end - run.start
      zoneOf(machine, extent.zone).managedPages += count
      machine.state.memory.totalManagedPages += count
      freed += count
    }
  }
  return freed
}

/** The end of the highest run of reserved pages, as far as `pages` go. */
function highestReserved(
  { pages: { kind } }: MaterialisedSection,
  extent: Range,
  pages: number,
): Range | undefined {
  let end = extent.end
  while (end > extent.start && kind[end - 1] !== PAGE_KIND.reserved) end--
  let start = end
  while (start > extent.start && end - start < pages && kind[start - 1] === PAGE_KIND.reserved)
    start--
  return start < end ? { start, end } : undefined
}

import { type Pfn, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { alignUp } from '../address/units'
import { disablePerCpu, enablePerCpu } from '../allocator/per-cpu'
import type { Mobility } from '../allocator/zonelist'
import { HotplugError } from '../errors/hotplug-error'
import { emptyOut } from '../hotplug/fake-offline'
import { isolateRange } from '../isolation/isolate'
import { firstObstacle } from '../isolation/obstacle'
import { undoIsolation } from '../isolation/online-range'
import { takeOut } from '../isolation/withhold'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import type { Zone, ZoneKey } from '../model/zone'
import { findSection, sectionOfPfn } from '../section/section-table'
import { stampPage } from '../section-pages/columns'
import {
  giganticPools,
  hugePagesIn,
  isGigantic,
  pieceOrder,
  piecesOf,
} from '../section-pages/huge-pool'
import { materialise } from '../section-pages/materialise'
import { sectionSlices, writableSlices } from '../section-pages/section-range'
import { zoneExtents } from '../section-pages/zone-slice'

/**
 * What huge pages of an order are allocated as. A gigantic one is not taken from Movable, for it may stay where it is for ever,
 * unless vm.movable_gigantic_pages says so (since 7.0). Source: htlb_alloc_mask, include/linux/hugetlb.h 6.1; guests.
 */
export const giganticMobility = (machine: Machine, order: number): Mobility =>
  isGigantic(machine, order) && machine.state.memory.settings.movableGiganticPages === 0
    ? 'unmovable'
    : 'movable'

/** The first gigantic page, free or in use, that a range has a part of. */
export function firstGigantic(machine: Machine, range: PfnRange): Pfn | undefined {
  let first = Number.POSITIVE_INFINITY
  for (const { head } of hugePagesIn(giganticPools(machine), range)) first = Math.min(first, head)
  return first === Number.POSITIVE_INFINITY ? undefined : pfn(first)
}

/**
 * Makes a gigantic page of pages that follow each other, free ones and such as can move: the lowest aligned place of the first
 * zone that has one.
 * @returns its first page; null where there is no such place
 * Source: alloc_contig_pages, mm/page_alloc.c 6.1.
 */
export function takeGigantic(
  machine: Machine,
  { zones, order }: { readonly zones: readonly Zone[]; readonly order: number },
): Pfn | null {
  const size = 2 ** order
  for (const zone of zones) {
    const last = zone.startPfn + zone.spannedPages - size
    for (let start = alignUp(zone.startPfn, size); start <= last; start += size) {
      const range = { start: pfn(start), end: pfn(start + size) }
      if (canBeTaken(machine, zone, range) && empties(machine, zone, range)) {
        return range.start
      }
    }
  }
  return null
}

/** Whether all pages of a range are online, of one zone, and none of them holds its block's memmap. */
export const isOfZone = (machine: Machine, zone: ZoneKey, range: PfnRange): boolean =>
  sectionSlices(machine, range).every(({ nr, start, end }) => {
    const section = findSection(machine, nr)
    if (section === undefined || section.selfHostedPages > start) return false
    return zoneExtents(machine, section).some(
      (part) => part.zone === zone && part.start <= start && end <= part.end,
    )
  })

/** All pages are online, of one zone, and none of a huge page. */
function canBeTaken(machine: Machine, zone: Zone, range: PfnRange): boolean {
  if (!isOfZone(machine, zone.key, range) || firstObstacle(machine, range) !== undefined)
    return false
  return hugePagesIn(machine.state.memory.hugePools, range).next().done === true
}

/** Moves what is in the range away and takes it. @returns false where something stays */
function empties(machine: Machine, zone: Zone, range: PfnRange): boolean {
  disablePerCpu(machine, zone)
  try {
    isolateRange(machine, { zone, range })
    try {
      emptyOut(machine, { zone, range })
      claim(machine, range)
    } finally {
      undoIsolation(machine, { zone, range })
    }
    return true
  } catch (error) {
    if (error instanceof HotplugError) return false
    throw error
  } finally {
    enablePerCpu(machine, zone)
  }
}

/** Makes one gigantic page of a range of free pages. @returns how many of them were free */
export function claim(
  machine: Machine,
  range: PfnRange,
  kind: 'hugetlb' | 'hugetlbFree' = 'hugetlbFree',
): number {
  const taken = writableSlices(machine, range).map((part) =>
    takeOut(machine, part, PAGE_KIND.hugetlbTail),
  )
  const whole = Math.log2(range.end - range.start)
  const order = pieceOrder(machine, whole)
  for (const piece of piecesOf(machine, { head: range.start, order: whole })) {
    const { pagesPerSection } = machine.geometry
    const { pages } = materialise(machine, sectionOfPfn(machine, piece))
    const pageIndex = piece % pagesPerSection
    pages.kind[pageIndex] = PAGE_KIND[kind]
    pages.order[pageIndex] = order
    stampPage(pages, pageIndex)
  }
  return taken.reduce((sum, pages) => sum + pages, 0)
}

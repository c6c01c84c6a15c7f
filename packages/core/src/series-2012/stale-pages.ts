import { pfn } from '../address/brand'
import { type PfnRange, rangeIntersection } from '../address/range'
import { takeOut } from '../isolation/withhold'
import { logLine } from '../machine/journal'
import { PAGE_TABLES } from '../mapping/page-table-slot'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import { writableSlices } from '../section-pages/section-range'

/**
 * Pages that come online with struct pages which hold the marker of an earlier section: the allocator refuses them, and they
 * stay in use, of no allocation. Only with a defect.
 * @param range pages that were just handed over: free, and isolated
 * Source: bad_page, mm/page_alloc.c 3.6; series of 2012, patch 16 and section 8.2.
 */
export function refuseStalePages(machine: Machine, range: PfnRange): void {
  const stale = PAGE_TABLES.find(machine)?.staleVmemmap.ranges ?? []
  const { structPageBytes } = machine.arch.geometry
  for (const { start, end } of stale) {
    // Whole struct pages: of one that begins below, the fields that are looked at were written.
    const pages = rangeIntersection(range, {
      start: pfn(Math.ceil(start / structPageBytes)),
      end: pfn(Math.floor(end / structPageBytes)),
    })
    if (pages === undefined) continue
    const first = pages.start.toString(16).padStart(5, '0')
    logLine(machine, 'err', `BUG: Bad page state in process bash  pfn:${first}`)
    for (const part of writableSlices(machine, pages)) takeOut(machine, part, PAGE_KIND.slab)
  }
}

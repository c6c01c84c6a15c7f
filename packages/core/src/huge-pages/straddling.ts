import { pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import type { Machine } from '../model/machine'
import type { Obstacle } from '../model/obstacle'
import { findSection, sectionOfPfn } from '../section/section-table'
import { zoneExtents } from '../section-pages/zone-slice'
import { firstGigantic } from './gigantic'
import { hugeExtent, isHugePageUsed } from './pool'

/** A gigantic page that a range ends within, where the generation does not let it go. Source: isolate_single_pageblock, 6.1; guests. */
export function straddling(machine: Machine, { end }: PfnRange): Obstacle | undefined {
  if (machine.generation.rules.offline.partOfGigantic === 'goes') return undefined
  const page = firstGigantic(machine, { start: pfn(end - 1), end })
  if (page === undefined || hugeExtent(machine, page).end === end) return undefined
  const section = findSection(machine, sectionOfPfn(machine, page))
  const zone = section === undefined ? null : (zoneExtents(machine, section)[0]?.zone ?? null)
  const kind = isHugePageUsed(machine, page) ? 'hugetlb' : 'hugetlbFree'
  return { reason: 'straddling', pfn: page, kind, pageblock: page, zone }
}

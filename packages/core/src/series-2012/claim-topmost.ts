import { materialiseAt, retype } from '../allocator/find-free-chunk'
import type { TypedRange } from '../model/kernel-code'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE } from '../model/page'
import type { Zone } from '../model/zone'
import { freeList } from '../section-pages/free-list'
import { isUntouched } from '../section-pages/untouched-runs'
import { zoneSliceAt } from '../section-pages/zone-slice'

/**
 * Turns the topmost largest chunk that is free in a range, and MOVABLE, into another type.
 * @returns its first pfn; undefined where the range has none
 */
export function claimTopmost(
  machine: Machine,
  zone: Zone,
  { start, end, type }: TypedRange,
): number | undefined {
  const { maxOrder, pagesPerSection } = machine.geometry
  const step = 1 << maxOrder
  const movable = { order: maxOrder, type: MIGRATE_TYPE.movable }
  for (let first = end - step; first >= start; first -= step) {
    if (isUntouched(zone, { start: first, end: first + step })) materialiseAt(machine, first)
    if (!freeList(zone, movable).has(first)) continue
    const section = materialiseAt(machine, first)
    const index = first % pagesPerSection
    retype(zoneSliceAt(machine, section, index), { start: index, end: index + step, type })
    return first
  }
  return undefined
}

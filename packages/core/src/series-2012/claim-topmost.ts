import { pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { materialiseAt, retype } from '../allocator/find-free-chunk'
import type { TypedRange } from '../model/kernel-code'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE } from '../model/page'
import type { Zone } from '../model/zone'
import { zoneOfPfn } from '../section/section-table'
import { freeList, isListed } from '../section-pages/free-list'
import { isUntouched } from '../section-pages/untouched-runs'
import { zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'

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
    if (!isListed(freeList(zone, movable), first)) continue
    const section = materialiseAt(machine, first)
    const index = first % pagesPerSection
    retype(zoneSliceAt(machine, section, index), { start: index, end: index + step, type })
    return first
  }
  return undefined
}

/**
 * Turns the topmost free chunk of the memory that came online last into the requested type.
 * @returns false where there is none
 */
export function claimOnlined(
  machine: Machine,
  zone: Zone,
  { type }: { readonly type: number },
): boolean {
  if (machine.generation.rules.allocator.onlined === 'last') return false
  const { pagesPerBlock } = machine.geometry
  return zone.free.onlined
    .toReversed()
    .some(
      (start) =>
        claimTopmost(machine, zone, { start, end: start + pagesPerBlock, type }) !== undefined,
    )
}

/** Where in a range the kernel would have allocated. */
export function likelyPart(machine: Machine, range: PfnRange): PfnRange {
  const key = zoneOfPfn(machine, range.start)
  if (key === null || machine.generation.rules.allocator.onlined === 'last') return range
  const claim = { ...range, type: MIGRATE_TYPE.unmovable }
  const first = claimTopmost(machine, zoneOf(machine, key), claim)
  return first === undefined ? range : { start: pfn(first), end: range.end }
}

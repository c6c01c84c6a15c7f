import { type ChunkRequest, type FreeChunk, smallestList } from '../allocator/find-free-chunk'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE } from '../model/page'
import type { Zone } from '../model/zone'
import { freeList, listSize } from '../section-pages/free-list'

/** Free pages of a zone that are set aside. */
function freeInZone({ geometry }: Machine, zone: Zone): number {
  if (zone.cmaPages === 0) return 0
  let pages = 0
  for (let order = 0; order <= geometry.maxOrder; order++)
    pages += listSize(freeList(zone, { order, type: MIGRATE_TYPE.cma })) << order
  return pages
}

/** Free pages of some zones that are set aside. */
export const freeAside = (machine: Machine, zones: readonly Zone[]): number =>
  zones.reduce((sum, zone) => sum + freeInZone(machine, zone), 0)

/**
 * The list of what is set aside that a request is answered from: one for movable pages, while more than half of the zone's free pages
 * are set aside, or where nothing else is left.
 * @returns undefined where it is not answered from there
 * Source: __rmqueue, mm/page_alloc.c 6.1.
 */
export function chooseAside(
  machine: Machine,
  zone: Zone,
  request: ChunkRequest,
  when: 'first' | 'last',
): FreeChunk | undefined {
  if (request.type !== MIGRATE_TYPE.movable || zone.cmaPages === 0) return undefined
  if (when === 'first' && freeInZone(machine, zone) * 2 <= zone.free.freePages) return undefined
  return smallestList(machine, zone, { order: request.order, type: MIGRATE_TYPE.cma })
}

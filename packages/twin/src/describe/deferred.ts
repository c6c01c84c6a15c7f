import type { ZoneFacts } from './zone-facts'

/** Zones with the memory counted in whose initialisation the kernel has put off, and how much that is. */
export interface CountedZones {
  readonly zones: readonly ZoneFacts[]
  /** Pages. */
  readonly deferred: number
}

/** Pages of the smallest section that there is: initialisation is never put off by less. */
const SMALLEST_SECTION_PAGES = 256

/**
 * Some kernels initialise memory only when it is needed. Until then /proc/meminfo counts it as free, and no zone manages it:
 * MemTotal is more than all zones manage, by a section at least. Such memory counts as managed and free, from the highest zone down.
 * @param totalPages MemTotal of /proc/meminfo; undefined where it is unknown
 */
export function countDeferred(
  zones: readonly ZoneFacts[],
  totalPages: number | undefined,
): CountedZones {
  const managed = zones.reduce((sum, zone) => sum + zone.managed, 0)
  const surplus = (totalPages ?? 0) - managed
  const deferred = zones.length === 0 || surplus < SMALLEST_SECTION_PAGES ? 0 : surplus
  let left = deferred
  const counted = zones.toReversed().map((zone) => {
    const pages = Math.min(left, Math.max(0, zone.present - zone.managed))
    left -= pages
    return { ...zone, managed: zone.managed + pages, free: zone.free + pages }
  })
  return { zones: counted.reverse(), deferred }
}

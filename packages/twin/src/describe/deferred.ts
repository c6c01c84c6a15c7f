import type { ZoneFacts } from './zone-facts'

/** Zones with the memory counted in whose initialisation the kernel has put off, and how much that is. */
export interface CountedZones {
  readonly zones: readonly ZoneFacts[]
  /** Pages. */
  readonly deferred: number
}

/**
 * Some kernels initialise memory only when it is needed. Until then /proc/meminfo counts it as free, and no zone manages it:
 * MemTotal is more than all zones manage. Such memory counts as managed and free, from the highest zone down.
 * @param totalPages MemTotal of /proc/meminfo; undefined where it is unknown
 */
export function countDeferred(
  zones: readonly ZoneFacts[],
  totalPages: number | undefined,
): CountedZones {
  const managed = zones.reduce((sum, zone) => sum + zone.managed, 0)
  const deferred = zones.length === 0 ? 0 : Math.max(0, (totalPages ?? 0) - managed)
  let left = deferred
  const counted = zones.toReversed().map((zone) => {
    const pages = Math.min(left, Math.max(0, zone.present - zone.managed))
    left -= pages
    return { ...zone, managed: zone.managed + pages, free: zone.free + pages }
  })
  return { zones: counted.reverse(), deferred }
}

import { parseZoneinfo, type ZoneCounts, type ZoneText, zoneCounts } from '@memhp/kernel-files'

/** One zone as /proc/zoneinfo shows it. Pages. */
export interface ZoneinfoZone extends ZoneCounts {
  /** Pages in per-CPU lists. */
  readonly perCpu: number
  /** Long-term pins that are still held on pages of the node; 0 where the kernel does not count them. */
  readonly pinned: number
}

function zoneOf(zone: ZoneText): ZoneinfoZone {
  const optional = (word: string): number => zone.counters.get(word) ?? 0
  return {
    ...zoneCounts(zone),
    perCpu: zone.perCpu,
    pinned: Math.max(0, optional('nr_foll_pin_acquired') - optional('nr_foll_pin_released')),
  }
}

/**
 * The zones of /proc/zoneinfo with what a twin needs of them.
 * @throws TextFault, also for a zone that lacks a line
 */
export const readZoneinfo = (text: string): ZoneinfoZone[] => parseZoneinfo(text).map(zoneOf)

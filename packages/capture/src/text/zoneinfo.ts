import { parseZoneinfo, TextFault, type ZoneText } from '@memhp/kernel-files'

/** One zone as /proc/zoneinfo shows it. Pages. */
export interface ZoneinfoZone {
  readonly node: number
  readonly name: string
  readonly free: number
  readonly spanned: number
  readonly present: number
  readonly managed: number
  /** Absent for a zone without present pages. */
  readonly startPfn: number | undefined
  /** Pages in per-CPU lists. */
  readonly perCpu: number
  /** Long-term pins that are still held on pages of the node; 0 where the kernel does not count them. */
  readonly pinned: number
}

function zoneOf({ line, node, name, counters, perCpu }: ZoneText): ZoneinfoZone {
  const value = (word: string): number => {
    const found = counters.get(word)
    if (found !== undefined) return found
    const place = { file: 'zoneinfo', line, expected: `a zone with a line ${word}` }
    throw new TextFault(place, `zone ${name} of node ${node} has no line ${word}`)
  }
  const optional = (word: string): number => counters.get(word) ?? 0
  return {
    node,
    name,
    free: value('free'),
    spanned: value('spanned'),
    present: value('present'),
    managed: value('managed'),
    startPfn: counters.get('start_pfn'),
    perCpu,
    pinned: Math.max(0, optional('nr_foll_pin_acquired') - optional('nr_foll_pin_released')),
  }
}

/**
 * The zones of /proc/zoneinfo with what a twin needs of them.
 * @throws TextFault, also for a zone that lacks a line
 */
export const readZoneinfo = (text: string): ZoneinfoZone[] => parseZoneinfo(text).map(zoneOf)

import { type TextFault, unexpectedText } from '../text-fault'

/** One zone as `/proc/zoneinfo` prints it. Counts are base pages. */
export interface ZoneText {
  /** Line of its header, from 1. */
  readonly line: number
  readonly node: number
  readonly name: string
  /** The counters of node and zone by their word: `free`, `min`, `spanned`, `start_pfn`, `nr_free_pages`, … */
  readonly counters: ReadonlyMap<string, number>
  /** Pages in per-CPU lists. */
  readonly perCpu: number
}

interface OpenZone extends ZoneText {
  readonly counters: Map<string, number>
  perCpu: number
  inPagesets: boolean
}

const HEADER = /^Node (\d+), zone +(\S+)$/
/** `  pages free     3840`, `        spanned  4095`, `  start_pfn:           1`. */
const COUNTER = /^ +(?:pages )?([a-z_]+):? +(\d+)$/

/** Per-CPU lists have a line `high:` of their own, printed after the zone's; what follows them is the zone's again. */
function takeCounter(zone: OpenZone, name: string, value: number): void {
  if (name === 'count') zone.perCpu += value
  else if (!zone.inPagesets || name === 'start_pfn') zone.counters.set(name, value)
}

const strayLine = (place: {
  readonly line: number
  readonly expected: string
  readonly found: string
}): TextFault => unexpectedText({ file: 'zoneinfo', ...place })

/**
 * The zones of `/proc/zoneinfo` in its order, those without pages included.
 * @throws TextFault. Source: mm/vmstat.c zoneinfo_show_print (Linux 6.1)
 */
export function parseZoneinfo(text: string): ZoneText[] {
  const zones: OpenZone[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const [, node, name = ''] = HEADER.exec(line) ?? []
    if (node !== undefined) {
      const counters = new Map<string, number>()
      const zone = { line: index + 1, node: Number(node), name, counters }
      zones.push({ ...zone, perCpu: 0, inPagesets: false })
      continue
    }
    const zone = zones.at(-1)
    if (zone === undefined) {
      if (line === '') continue
      throw strayLine({ line: index + 1, expected: 'the header of a zone', found: line })
    }
    if (/^ +pagesets *$/.test(line)) zone.inPagesets = true
    const [, word, value] = COUNTER.exec(line) ?? []
    if (word !== undefined) takeCounter(zone, word, Number(value))
    else if (!/^(?: .*)?$/.test(line))
      throw strayLine({ line: index + 1, expected: 'a line of zoneinfo', found: line })
  }
  return zones
}

/** One zone as `/proc/zoneinfo` prints it. Counts are base pages. */
export interface ZoneText {
  readonly node: number
  readonly name: string
  /** The counters of the zone by their word: `free`, `min`, `spanned`, `start_pfn`, … */
  readonly counters: ReadonlyMap<string, number>
}

const HEADER = /^Node (\d+), zone\s+(\S+)/
/** `  pages free     3840`, `        spanned  4095`, `  start_pfn:           1`. */
const COUNTER =
  /^\s+(?:pages )?(free|boost|min|low|high|spanned|present|managed|cma|start_pfn):?\s+(\d+)\s*$/

/**
 * Reads `/proc/zoneinfo`: a zone a header, empty ones included.
 * Source: mm/vmstat.c zoneinfo_show_print (Linux 6.1).
 */
export function parseZoneinfo(text: string): readonly ZoneText[] {
  const zones: { node: number; name: string; counters: Map<string, number> }[] = []
  let inPagesets = false
  for (const line of text.split('\n')) {
    const header = HEADER.exec(line)
    if (header !== null) {
      zones.push({ node: Number(header[1]), name: header[2] ?? '', counters: new Map() })
      inPagesets = false
      continue
    }
    // Per-CPU lists have a line `high:` of their own, printed after the zone's.
    if (/^\s+pagesets\s*$/.test(line)) inPagesets = true
    const counter = COUNTER.exec(line)
    const word = counter?.[1]
    if (word === undefined || (inPagesets && word !== 'start_pfn')) continue
    zones.at(-1)?.counters.set(word, Number(counter?.[2]))
  }
  return zones
}

/** Free chunks by order of one zone, as `/proc/buddyinfo` prints them. */
export interface BuddyText {
  readonly node: number
  readonly name: string
  readonly freeByOrder: readonly number[]
}

/** Reads `/proc/buddyinfo`, which lists only zones that have pages. */
export function parseBuddyinfo(text: string): readonly BuddyText[] {
  return text.split('\n').flatMap((line) => {
    const match = /^Node (\d+), zone\s+(\S+)\s+([\d\s]+)$/.exec(line)
    if (match === null) return []
    const [, node, name = '', counts = ''] = match
    return [{ node: Number(node), name, freeByOrder: counts.trim().split(/\s+/).map(Number) }]
  })
}

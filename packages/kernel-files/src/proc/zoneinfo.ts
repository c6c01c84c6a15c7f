import { TextFault, unexpectedText } from '../text-fault'

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
  /** Pages kept from requests that a higher zone may serve, by the place of that zone in its node; empty where it is not printed. */
  readonly protection: readonly number[]
}

/** The counts of a zone that hot-plug changes, in base pages. */
export interface ZoneCounts {
  readonly node: number
  readonly name: string
  readonly free: number
  /** Negative where the end of the span is below its start: the kernel's unsigned number has wrapped around. */
  readonly spanned: number
  readonly present: number
  readonly managed: number
  /** Page frame number; undefined for a zone without present pages, where the kernel does not print it. */
  readonly startPfn: number | undefined
  /** Set aside at boot for contiguous allocation (CMA); absent: none. */
  readonly cma?: number
}

interface OpenZone extends ZoneText {
  readonly counters: Map<string, number>
  perCpu: number
  protection: readonly number[]
  inPagesets: boolean
}

const HEADER = /^Node (\d+), zone +(\S+)$/
/** `  pages free     3840`, `        spanned  4095`, `  start_pfn:           1`: what is before the digits, the word in it, the digits. */
export const COUNTER: RegExp = /^( +(?:pages )?([a-z_]+):? +)(\d+)$/

const PROTECTION = /^ +protection: \(([\d, ]*)\)$/

/** Counters are unsigned numbers of 64 bits: one that fell below 0 has wrapped around. */
export const wrapped = (count: number): string => String(BigInt.asUintN(64, BigInt(count)))
const unwrapped = (digits: string): number =>
  digits.length < 16 ? Number(digits) : Number(BigInt.asIntN(64, BigInt(digits)))

const strayLine = (place: {
  readonly line: number
  readonly expected: string
  readonly found: string
}): TextFault => unexpectedText({ file: 'zoneinfo', ...place })

/** Each per-CPU list has its own line `high:`, printed after the zone's; `start_pfn` after the lists is the zone's again. */
function takeCounter(zone: OpenZone, name: string, value: number): void {
  if (name === 'count') zone.perCpu += value
  else if (!zone.inPagesets || name === 'start_pfn') zone.counters.set(name, value)
}

/**
 * The zones of `/proc/zoneinfo` in its order, those without pages included.
 * @throws TextFault. Source: mm/vmstat.c zoneinfo_show_print (Linux 6.1)
 */
export function parseZoneinfo(text: string): ZoneText[] {
  const zones: OpenZone[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const [, node, name = ''] = (line.startsWith('Node') && HEADER.exec(line)) || []
    const zone = zones.at(-1)
    if (node !== undefined) {
      const counters = new Map<string, number>()
      const at = { line: index + 1, node: Number(node), name }
      zones.push({ ...at, counters, perCpu: 0, protection: [], inPagesets: false })
    } else if (zone !== undefined) takeLine(zone, line, index + 1)
    else if (line !== '')
      throw strayLine({ line: index + 1, expected: 'the header of a zone', found: line })
  }
  return zones
}

/** Enters a line behind the header of a zone. Much the most are counters. @throws TextFault */
function takeLine(zone: OpenZone, text: string, line: number): void {
  const [, , word, value] = COUNTER.exec(text) ?? []
  if (word !== undefined) {
    takeCounter(zone, word, unwrapped(value ?? ''))
    return
  }
  if (/^ +pagesets *$/.test(text)) zone.inPagesets = true
  const [, kept] = PROTECTION.exec(text) ?? []
  if (kept !== undefined) zone.protection = kept.split(',').map(Number)
  else if (!/^(?: .*)?$/.test(text))
    throw strayLine({ line, expected: 'a line of zoneinfo', found: text })
}

/**
 * The counts of a zone that hot-plug changes.
 * @throws TextFault at the zone's header, for a zone that lacks one of them
 */
export function zoneCounts({ line, node, name, counters }: ZoneText): ZoneCounts {
  const count = (word: string): number => {
    const found = counters.get(word)
    if (found !== undefined) return found
    const place = { file: 'zoneinfo', line, expected: `a zone with a line ${word}` }
    throw new TextFault(place, `zone ${name} of node ${node} has no line ${word}`)
  }
  return {
    node,
    name,
    free: count('free'),
    spanned: count('spanned'),
    present: count('present'),
    managed: count('managed'),
    startPfn: counters.get('start_pfn'),
    ...cmaOf(counters),
  }
}

/** Kernels with CMA print a line for it in each zone. */
function cmaOf(counters: ZoneText['counters']): Pick<ZoneCounts, 'cma'> {
  const cma = counters.get('cma') ?? 0
  return cma === 0 ? {} : { cma }
}

/** The text of /proc/zoneinfo as far as `ZoneCounts` goes: what `parseZoneinfo` and `zoneCounts` read. */
export function formatZoneinfo(zones: readonly ZoneCounts[]): string {
  return zones
    .map(({ node, name, free, spanned, present, managed, startPfn, cma }) => {
      const lines = [
        `Node ${node}, zone ${name.padStart(8)}`,
        `  pages free     ${free}`,
        `        spanned  ${wrapped(spanned)}`,
        `        present  ${present}`,
        `        managed  ${managed}`,
      ]
      if (cma !== undefined) lines.push(`        cma      ${cma}`)
      if (startPfn !== undefined) lines.push(`  start_pfn:           ${startPfn}`)
      return `${lines.join('\n')}\n`
    })
    .join('')
}

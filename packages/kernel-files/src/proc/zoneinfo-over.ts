import { COUNTER, formatZoneinfo, parseZoneinfo, type ZoneCounts } from './zoneinfo'

/** The lines of a zone, without its header. */
interface ZoneLines {
  /** Counts of its node, which the first zone of a node with pages prints. */
  readonly ofNode: readonly string[]
  /** Pages, watermarks, spans: what a zone without pages prints, too. */
  readonly limits: readonly string[]
  readonly rest: readonly string[]
}

const keyOf = ({ node, name }: Pick<ZoneCounts, 'node' | 'name'>): string => `${node} ${name}`

/** Cuts the lines of a zone where its parts begin. */
function partsOf(lines: readonly string[]): ZoneLines {
  const free = Math.max(
    0,
    lines.findIndex((line) => /^ +pages free /.test(line)),
  )
  const after = lines.findIndex((line, i) => i > free && !/^ {8}/.test(line))
  const end = after === -1 ? lines.length : after
  return { ofNode: lines.slice(0, free), limits: lines.slice(free, end), rest: lines.slice(end) }
}

/** The lines of each zone. @throws TextFault for another text */
function capturedZones(text: string): ReadonlyMap<string, ZoneLines> {
  const lines = text.trimEnd().split('\n')
  const zones = parseZoneinfo(text)
  const entries = zones.map((zone, at) => {
    const end = zones[at + 1]?.line
    return [
      keyOf(zone),
      partsOf(lines.slice(zone.line, end === undefined ? undefined : end - 1)),
    ] as const
  })
  return new Map(entries)
}

/** Other counts in lines of their form; counters that are not named are 0 where `others` says so, else as they are. */
function recounted(
  lines: readonly string[],
  counts: ReadonlyMap<string, string>,
  others: 'kept' | 'zero',
): string[] {
  return lines.map((line) => {
    const [, before, word = ''] = COUNTER.exec(line) ?? []
    if (before === undefined) return line
    const count = counts.get(word)
    if (count !== undefined) return `${before}${count}`
    return others === 'kept' ? line : `${before}0`
  })
}

/** The counts as `formatZoneinfo` prints them, by their words, and the same number of free pages by its other name. */
function wordsOf(zone: ZoneCounts): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  for (const line of formatZoneinfo([zone]).split('\n')) {
    const [, , word, count = ''] = COUNTER.exec(line) ?? []
    if (word !== undefined) words.set(word, count)
  }
  return words.set('nr_free_pages', String(zone.free))
}

/**
 * Prepares the texts of zones in the form of a captured `/proc/zoneinfo`: the counts that hot-plug changes over what was captured. Lines of
 * which a machine knows nothing (watermarks, lists, statistics) stay as they were captured; in a zone that had no pages then, they are 0 and
 * have the form of those of another zone.
 * @param base the captured text @throws TextFault where it is none. Source: mm/vmstat.c zoneinfo_show_print (Linux 6.1 to 7.3)
 * @returns what gives the text of one zone; `isFirst`: it is the first of its node that has pages
 */
export function zoneinfoOver(base: string): (zone: ZoneCounts, isFirst: boolean) => string {
  const captured = capturedZones(base)
  const nodes = new Map<number, readonly string[]>()
  for (const [key, { ofNode }] of captured) {
    if (ofNode.length > 0) nodes.set(Number(key.split(' ')[0]), ofNode)
  }
  const model = [...captured.values()].find(({ rest }) => rest.length > 0)
  const anyNode = [...nodes.values()][0] ?? []
  const linesOfNode = (node: number): readonly string[] =>
    nodes.get(node) ?? recounted(anyNode, new Map(), 'zero')

  return (zone, isFirst) => {
    const own = captured.get(keyOf(zone))
    if (own === undefined && model === undefined) return formatZoneinfo([zone])
    const words = wordsOf(zone)
    const limits =
      own === undefined
        ? recounted(model?.limits ?? [], words, 'zero')
        : recounted(own.limits, words, 'kept')
    const isPopulated = zone.startPfn !== undefined
    const rest =
      (own?.rest.length ?? 0) > 0 ? own?.rest : recounted(model?.rest ?? [], new Map(), 'zero')
    const lines = [
      `Node ${zone.node}, zone ${zone.name.padStart(8)}`,
      ...(isFirst ? linesOfNode(zone.node) : []),
      ...limits,
      ...(isPopulated ? recounted(rest ?? [], words, 'kept') : []),
    ]
    return `${lines.join('\n')}\n`
  }
}

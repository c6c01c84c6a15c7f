import { COUNTER, formatZoneinfo, parseZoneinfo, wrapped, type ZoneCounts } from './zoneinfo'

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

/** A count that hot-plug changes; undefined where a zone has none. */
type Count = (zone: ZoneCounts) => string | number | undefined

/** The counts that hot-plug changes by their words, and the same number of free pages by its other name. */
const COUNTS: ReadonlyMap<string, Count> = /* @__PURE__ */ new Map<string, Count>([
  ['free', ({ free }) => free],
  ['nr_free_pages', ({ free }) => free],
  ['spanned', ({ spanned }) => wrapped(spanned)],
  ['present', ({ present }) => present],
  ['managed', ({ managed }) => managed],
  ['start_pfn', ({ startPfn }) => startPfn],
  ['cma', ({ cma }) => cma],
])

/** Lines up to a count that hot-plug changes. */
interface Piece {
  /** All that is before the digits. */
  readonly text: string
  /** Undefined behind the last count. */
  readonly count?: Count
  /** Of the count as it was captured. */
  readonly digits: string
}

/** Cuts lines at the counts that hot-plug changes. @param counters all of them are `kept` as they were captured, or made `zero` */
function piecesOf(lines: readonly string[], counters: 'kept' | 'zero'): readonly Piece[] {
  const pieces: Piece[] = []
  let text = ''
  for (const line of lines) {
    const [, before, word = '', captured = ''] = COUNTER.exec(line) ?? []
    const digits = counters === 'kept' ? captured : '0'
    const count = COUNTS.get(word)
    if (count !== undefined) {
      pieces.push({ text: text + before, count, digits })
      text = '\n'
    } else text += `${before === undefined ? line : before + digits}\n`
  }
  return [...pieces, { text, digits: '' }]
}

/** The lines with the counts of a zone; what it does not count is as it was, without a zone all of it. */
const recounted = (pieces: readonly Piece[], zone?: ZoneCounts): string =>
  pieces.map(({ text, count, digits }) => `${text}${(zone && count?.(zone)) ?? digits}`).join('')

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
  const [anyNode = []] = nodes.values()
  const textOfNode = (node: number): string => {
    const own = nodes.get(node)
    return recounted(piecesOf(own ?? anyNode, own === undefined ? 'zero' : 'kept'))
  }
  const cut = (part: 'limits' | 'rest', own: ZoneLines | undefined): readonly Piece[] =>
    own !== undefined && (part === 'limits' || own.rest.length > 0)
      ? piecesOf(own[part], 'kept')
      : piecesOf(model?.[part] ?? [], 'zero')
  const formOf = (zone: ZoneCounts) => {
    const own = captured.get(keyOf(zone))
    return { ofNode: textOfNode(zone.node), limits: cut('limits', own), rest: cut('rest', own) }
  }
  const forms = new Map<string, ReturnType<typeof formOf>>()

  return (zone, isFirst) => {
    const key = keyOf(zone)
    if (model === undefined && !captured.has(key)) return formatZoneinfo([zone])
    const form = forms.get(key) ?? formOf(zone)
    forms.set(key, form)
    const rest = zone.startPfn === undefined ? '' : recounted(form.rest, zone)
    const head = `Node ${zone.node}, zone ${zone.name.padStart(8)}\n`
    return head + (isFirst ? form.ofNode : '') + recounted(form.limits, zone) + rest
  }
}

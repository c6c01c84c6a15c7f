import type { Topology, ZoneInfo } from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { jsonDocument } from '../../output/json'
import { renderFields, renderTable } from '../../output/table'
import { UNKNOWN } from '../../output/words'
import { renderZones } from '../../output/zone-table'
import { readSource } from '../../source/machine-source'
import { formatRange, formatSize } from '../../text/size'
import { onlyName, readOperands, type ShowFlags } from './operands'

const ZONE_NAME = /^(\d+)(?:\/([A-Za-z]\w*))?$/

function renderChunks({ freeByOrder }: ZoneInfo, pageBytes: number): string {
  if (freeByOrder === null) return ''
  const rows = freeByOrder.map((chunks, order) => [
    `${order}`,
    formatSize(2 ** order * pageBytes),
    `${chunks}`,
    formatSize(chunks * 2 ** order * pageBytes),
  ])
  const headings = ['ORDER', 'CHUNK', 'FREE CHUNKS', 'FREE'].map(
    (heading) => ({ heading, align: 'right' }) as const,
  )
  return `\n${renderTable(headings, rows)}`
}

function renderZone(zone: ZoneInfo, pageBytes: number): string {
  const pages = (count: number | null): string =>
    count === null ? UNKNOWN : `${count} pages (${formatSize(count * pageBytes)})`
  const { watermarks } = zone
  const fields = renderFields([
    ['Zone', `${zone.node}/${zone.name}`],
    ['Span', zone.span === null ? 'none' : formatRange(zone.span)],
    ['Spanned', pages(zone.spannedPages)],
    ['Present', pages(zone.presentPages)],
    ['Managed', pages(zone.managedPages)],
    ['Free', pages(zone.freePages)],
    [
      'Watermarks',
      watermarks === null
        ? UNKNOWN
        : `min ${watermarks.min}, low ${watermarks.low}, high ${watermarks.high} pages`,
    ],
  ])
  return fields + renderChunks(zone, pageBytes)
}

/** Zones that a word like `0` or `0/Normal` names. @throws CliError where it names none */
function namedZones({ zones }: Topology, word: string): readonly ZoneInfo[] {
  const [, node, name] = ZONE_NAME.exec(word) ?? []
  const named = zones.filter(
    (zone) => zone.node === Number(node) && (name === undefined || zone.name === name),
  )
  if (named.length > 0) return named
  const known = zones.map((zone) => `${zone.node}/${zone.name}`).join(', ')
  throw new CliError(`there is no zone ${word}`, { remedy: `one of ${known}` })
}

/** `memhp show zone [NODE[/ZONE]]`. */
export async function showZone(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const request = readOperands(words, flags, (word) => ZONE_NAME.test(word))
  const name = onlyName(request)
  const topology = await readSource(request.choice)
  if (topology.zones.length === 0) {
    throw new CliError('the zones are unknown: /proc/zoneinfo is absent or unreadable')
  }
  const zones =
    name === undefined
      ? topology.zones.filter((zone) => zone.spannedPages > 0)
      : namedZones(topology, name)
  if (flags.json) {
    context.print(jsonDocument(request.choice, topology, { zones }))
    return
  }
  const [zone] = zones
  context.print(
    zone !== undefined && name?.includes('/')
      ? renderZone(zone, topology.pageBytes)
      : renderZones(zones, topology.pageBytes),
  )
}

import type { ExplainedTopology, Topology } from '@memhp/topology'
import type { SourceChoice } from '../source/choice'
import { formatSize } from '../text/size'
import { renderBlockMap } from './block-map'
import { labelled, type PageStyle, plural, section } from './page-style'

/** Where the machine of a report comes from, and how its files read. */
export interface ReportedHost {
  readonly source: SourceChoice
  readonly topology: ExplainedTopology
  readonly takenAt: string | undefined
  readonly notes: string | undefined
  readonly assumptions: readonly string[]
}

function memoryText({ totals, blockBytes, nodes }: Topology): string {
  const free = totals.memFreeBytes === null ? '' : `, ${formatSize(totals.memFreeBytes)} free`
  const offline = totals.offlineBytes === 0 ? '' : ` and ${formatSize(totals.offlineBytes)} offline`
  const corrupted = totals.hardwareCorruptedBytes ?? 0
  const errors = corrupted === 0 ? '' : `, ${formatSize(corrupted)} with hardware errors`
  const on = nodes.length === 0 ? '' : ` on ${plural(nodes.length, 'node')}`
  return `${formatSize(totals.onlineBytes)} online${offline}${on}, in ${plural(totals.blocks, 'block')} of ${formatSize(blockBytes)}${free}${errors}`
}

/** The host that was captured, or the machine of a scenario, with a map of its memory. */
export function renderHost(
  host: ReportedHost,
  going: ReadonlySet<number>,
  style: PageStyle,
): string {
  const { topology, takenAt, notes, source } = host
  const { release, arch } = topology
  const taken =
    takenAt === undefined ? '' : `, taken ${takenAt.replace('T', ' ').replace('Z', ' UTC')}`
  const body = [
    labelled(source.kind, `${source.kind === 'host' ? 'this one' : source.path}${taken}`, style),
    notes === undefined ? '' : labelled('', notes, style),
    labelled(
      'kernel',
      `Linux ${release ?? 'of unknown release'} on ${arch ?? 'an unknown architecture'}`,
      style,
    ),
    labelled('memory', memoryText(topology), style),
    renderBlockMap(topology, going, style),
  ]
  return section('Host', body.join(''), style)
}

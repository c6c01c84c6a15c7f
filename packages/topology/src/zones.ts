import { type NodeId, nodeId, physAddr } from '@memhp/core'
import { parseZoneinfo, type ZoneText, zoneCounts } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareZone } from './topology'

const ZONEINFO = '/proc/zoneinfo'

/** The zones of a text, each with the counts that every kernel prints. */
function zonesOfText(text: string): readonly ZoneText[] {
  const zones = parseZoneinfo(text)
  for (const zone of zones) zoneCounts(zone)
  return zones
}

/** Reads `/proc/zoneinfo`: nothing is in bytes yet, as the page size follows from it. */
export async function readZones(source: Source): Promise<readonly ZoneText[]> {
  const meaning = 'The zones and their spans are unknown.'
  const text = await source.text(ZONEINFO, meaning)
  if (text === undefined) return []
  return source.parsed({ path: ZONEINFO, meaning }, () => zonesOfText(text)) ?? []
}

const byNode = (a: { readonly node: NodeId }, b: { readonly node: NodeId }): number =>
  a.node - b.node

/** Gives the zones their place in bytes. */
export function placeZones(zones: readonly ZoneText[], pageBytes: number): readonly BareZone[] {
  return zones.map((zone) => placeZone(zone, pageBytes)).sort(byNode)
}

function placeZone({ node, name, counters, perCpu }: ZoneText, pageBytes: number): BareZone {
  const spannedPages = counters.get('spanned') ?? 0
  // The kernel prints the first page frame of a zone only while it has pages.
  const startPfn = spannedPages > 0 ? (counters.get('start_pfn') ?? null) : null
  return {
    node: nodeId(node),
    name,
    startPfn,
    spannedPages,
    presentPages: counters.get('present') ?? 0,
    managedPages: counters.get('managed') ?? 0,
    freePages: counters.get('free') ?? null,
    span:
      startPfn === null
        ? null
        : {
            start: physAddr(startPfn * pageBytes),
            end: physAddr((startPfn + spannedPages) * pageBytes),
          },
    perCpuPages: perCpu,
    pinnedPages: Math.max(
      0,
      (counters.get('nr_foll_pin_acquired') ?? 0) - (counters.get('nr_foll_pin_released') ?? 0),
    ),
    ...((counters.get('cma') ?? 0) === 0 ? {} : { cmaPages: counters.get('cma') ?? 0 }),
  }
}

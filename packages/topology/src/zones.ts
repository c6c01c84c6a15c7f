import { type NodeId, nodeId, physAddr } from '@memhp/core'
import {
  type BuddyText,
  type PageTypeNode,
  parseBuddyinfo,
  parseZoneinfo,
  type ZoneText,
  zoneCounts,
} from '@memhp/kernel-files'
import type { Source } from './source'
import type { ZoneInfo } from './topology'

/** The zones as the files tell them: nothing in bytes yet, as the page size follows from them. */
export interface ZoneFacts {
  readonly zones: readonly ZoneText[]
  readonly buddies: readonly BuddyText[]
  readonly pageTypes: readonly PageTypeNode[]
}

/** The zones of a text, each with the counts that every kernel prints. */
function zonesOfText(text: string): readonly ZoneText[] {
  const zones = parseZoneinfo(text)
  for (const zone of zones) zoneCounts(zone)
  return zones
}

/**
 * Reads `/proc/zoneinfo` and `/proc/buddyinfo`.
 * @param pageTypes what `/proc/pagetypeinfo` tells, where it was read
 */
export async function readZones(
  source: Source,
  pageTypes: readonly PageTypeNode[] = [],
): Promise<ZoneFacts> {
  const read = async <T>(
    path: string,
    meaning: string,
    parse: (text: string) => readonly T[],
  ): Promise<readonly T[]> => {
    const text = await source.text(path, meaning)
    if (text === undefined) return []
    return source.parsed({ path, meaning }, () => parse(text)) ?? []
  }
  return {
    zones: await read('/proc/zoneinfo', 'The zones and their spans are unknown.', zonesOfText),
    buddies: await read('/proc/buddyinfo', 'Free chunks by order are unknown.', parseBuddyinfo),
    pageTypes,
  }
}

function pageblocksOf({ pageTypes }: ZoneFacts, { node, name }: ZoneText): ZoneInfo['pageblocks'] {
  const found = pageTypes.find((each) => each.node === node)
  const zone = found?.zones.find((each) => each.name === name)
  if (found === undefined || zone === undefined) return undefined
  return Object.fromEntries(found.types.map((type, at) => [type, zone.pageblocks[at] ?? 0]))
}

const byNode = (a: { readonly node: NodeId }, b: { readonly node: NodeId }): number =>
  a.node - b.node

/** Gives the zones their place in bytes. */
export function placeZones(facts: ZoneFacts, pageBytes: number): readonly ZoneInfo[] {
  return facts.zones.map((zone) => placeZone(zone, { facts, pageBytes })).sort(byNode)
}

/** What a zone keeps from requests for others of its node. */
function keptOf(
  { node, protection }: ZoneText,
  zones: readonly ZoneText[],
): Record<string, number> {
  const names = zones.filter((zone) => zone.node === node).map((zone) => zone.name)
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const pages = protection[index] ?? 0
      return pages === 0 ? [] : [[name, pages] as const]
    }),
  )
}

function placeZone(
  zone: ZoneText,
  { facts, pageBytes }: { readonly facts: ZoneFacts; readonly pageBytes: number },
): ZoneInfo {
  const { node, name, counters, perCpu } = zone
  const pageblocks = pageblocksOf(facts, zone)
  const kept = keptOf(zone, facts.zones)
  const spannedPages = counters.get('spanned') ?? 0
  // The kernel prints the first page frame of a zone only while it has pages.
  const startPfn = spannedPages > 0 ? (counters.get('start_pfn') ?? null) : null
  const [min, low, high] = ['min', 'low', 'high'].map((word) => counters.get(word))
  const buddy = facts.buddies.find((entry) => entry.node === node && entry.name === name)
  return {
    node: nodeId(node),
    name,
    startPfn,
    spannedPages,
    presentPages: counters.get('present') ?? 0,
    managedPages: counters.get('managed') ?? 0,
    freePages: counters.get('free') ?? null,
    watermarks:
      min === undefined || low === undefined || high === undefined ? null : { min, low, high },
    span:
      startPfn === null
        ? null
        : {
            start: physAddr(startPfn * pageBytes),
            end: physAddr((startPfn + spannedPages) * pageBytes),
          },
    freeByOrder: buddy?.freeByOrder ?? null,
    perCpuPages: perCpu,
    pinnedPages: Math.max(
      0,
      (counters.get('nr_foll_pin_acquired') ?? 0) - (counters.get('nr_foll_pin_released') ?? 0),
    ),
    ...(pageblocks === undefined ? {} : { pageblocks }),
    ...((counters.get('cma') ?? 0) === 0 ? {} : { cmaPages: counters.get('cma') ?? 0 }),
    ...(Object.keys(kept).length === 0 ? {} : { keptPages: kept }),
  }
}

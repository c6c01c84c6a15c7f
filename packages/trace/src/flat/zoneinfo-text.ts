import { formatZoneinfo, type ZoneCounts } from '@memhp/kernel-files'

/** Zones lowest first, as the kernel lists them. Source: include/linux/mmzone.h, Linux 6.1. */
const ZONE_ORDER = ['DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device']

/** Numbers of one zone by name: spanned, present, managed, start_pfn. */
type ZoneNumbers = ReadonlyMap<string, number>

/** Zones by node, then by name. */
export type FlatZones = ReadonlyMap<number, ReadonlyMap<string, ZoneNumbers>>

const KEY = /^\/proc\/zoneinfo#(\d+)\/([^/]+)\/(\w+)$/

/** The zones that the keys of a flat view name. */
export function flatZones(boot: Readonly<Record<string, string>>): FlatZones {
  const nodes = new Map<number, Map<string, Map<string, number>>>()
  for (const [key, value] of Object.entries(boot)) {
    const [, nodeText, zoneName, field] = KEY.exec(key) ?? []
    if (nodeText === undefined || zoneName === undefined || field === undefined) continue
    const node = Number(nodeText)
    const zones = nodes.get(node) ?? new Map<string, Map<string, number>>()
    const zone = zones.get(zoneName) ?? new Map<string, number>()
    nodes.set(node, zones.set(zoneName, zone.set(field, Number(value))))
  }
  return nodes
}

/** Pages of a node, as its zones count them. */
export function pagesOf(
  zones: ReadonlyMap<string, ZoneNumbers>,
  count: 'managed' | 'present',
): number {
  let pages = 0
  for (const zone of zones.values()) pages += zone.get(count) ?? 0
  return pages
}

const rank = (name: string): number => {
  const index = ZONE_ORDER.indexOf(name)
  return index < 0 ? ZONE_ORDER.length : index
}

/**
 * A text of /proc/zoneinfo with what a flat view knows. Free pages of a node fill its zones from the lowest up.
 * @param freePages free pages by node
 * @param cmaPages pages set aside for contiguous allocation, by zone: `1/DMA`
 */
export function zoneinfoText(
  nodes: FlatZones,
  freePages: ReadonlyMap<number, number>,
  cmaPages: Readonly<Record<string, number>> = {},
): string {
  const counts: ZoneCounts[] = []
  for (const [node, zones] of [...nodes].sort(([a], [b]) => a - b)) {
    let left = freePages.get(node) ?? 0
    for (const [name, zone] of [...zones].sort(([a], [b]) => rank(a) - rank(b))) {
      const count = (word: string): number => zone.get(word) ?? 0
      const free = Math.min(left, count('managed'))
      left -= free
      const [spanned, present, managed] = [count('spanned'), count('present'), count('managed')]
      const cma = cmaPages[`${node}/${name}`] ?? 0
      const startPfn = zone.get('start_pfn')
      const aside = cma > 0 ? { cma } : {}
      counts.push({ node, name, free, spanned, present, managed, startPfn, ...aside })
    }
  }
  return formatZoneinfo(counts)
}

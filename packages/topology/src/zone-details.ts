import { type FileTree, isHotplugError } from '@memhp/core'
import {
  type BuddyText,
  type PageTypeNode,
  parseBuddyinfo,
  parsePagetypeinfo,
  TextFault,
  type ZoneText,
} from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareZone, ZoneInfo } from './topology'

const BUDDYINFO = '/proc/buddyinfo'

async function readBuddies(source: Source): Promise<readonly BuddyText[]> {
  const meaning = 'Free chunks by order are unknown.'
  const text = await source.text(BUDDYINFO, meaning)
  if (text === undefined) return []
  return source.parsed({ path: BUDDYINFO, meaning }, () => parseBuddyinfo(text)) ?? []
}

/** Only root reads it, and little rests on it: where it cannot be read, nothing is said. */
async function readPageTypes(tree: FileTree): Promise<readonly PageTypeNode[]> {
  try {
    return parsePagetypeinfo(await tree.read('/proc/pagetypeinfo'))
  } catch (error) {
    if (isHotplugError(error) || error instanceof TextFault) return []
    throw error
  }
}

function pageblocksOf(
  pageTypes: readonly PageTypeNode[],
  { node, name }: BareZone,
): ZoneInfo['pageblocks'] {
  const found = pageTypes.find((each) => each.node === node)
  const zone = found?.zones.find((each) => each.name === name)
  if (found === undefined || zone === undefined) return undefined
  return Object.fromEntries(found.types.map((type, at) => [type, zone.pageblocks[at] ?? 0]))
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

function watermarksOf({ counters }: ZoneText): ZoneInfo['watermarks'] {
  const [min, low, high] = ['min', 'low', 'high'].map((word) => counters.get(word))
  if (min === undefined || low === undefined || high === undefined) return null
  return { min, low, high }
}

/**
 * The zones with what they keep free: `/proc/buddyinfo`, and `/proc/pagetypeinfo` where it is asked for.
 * @param texts what `/proc/zoneinfo` tells of each
 */
export async function withZoneDetails(
  source: Source,
  tree: FileTree,
  known: {
    readonly zones: readonly BareZone[]
    readonly texts: readonly ZoneText[]
    readonly pageblocks: 'read' | 'left out'
  },
): Promise<readonly ZoneInfo[]> {
  const { zones, texts, pageblocks } = known
  const buddies = await readBuddies(source)
  const pageTypes = pageblocks === 'read' ? await readPageTypes(tree) : []
  return zones.map((zone) => {
    const isIt = ({ node, name }: Pick<ZoneText, 'node' | 'name'>): boolean =>
      node === zone.node && name === zone.name
    const text = texts.find(isIt)
    const blocks = pageblocksOf(pageTypes, zone)
    const kept = text === undefined ? {} : keptOf(text, texts)
    return {
      ...zone,
      watermarks: text === undefined ? null : watermarksOf(text),
      freeByOrder: buddies.find(isIt)?.freeByOrder ?? null,
      ...(blocks === undefined ? {} : { pageblocks: blocks }),
      ...(Object.keys(kept).length === 0 ? {} : { keptPages: kept }),
    }
  })
}

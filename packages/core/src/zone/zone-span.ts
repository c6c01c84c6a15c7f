import {
  type IntervalSet,
  insertInterval,
  intervalAtOrAbove,
  intervalAtOrBelow,
  removeInterval,
} from '../address/interval-set'
import type { PfnRange } from '../address/range'
import { alignUp } from '../address/units'
import type { MemoryNode } from '../model/node'
import type { Zone } from '../model/zone'

/** End of a zone's span, exclusive. @alpha */
export const zoneEndPfn = (zone: Zone): number => zone.startPfn + zone.spannedPages

/** True if the zone's span, holes included, meets the range. An empty zone meets nothing. */
export const zoneSpanMeets = (zone: Zone, range: PfnRange): boolean =>
  zone.spannedPages > 0 && zone.startPfn < range.end && range.start < zoneEndPfn(zone)

/** Makes the span of a zone and of its node cover the range. Source: resize_zone_range, mm/memory_hotplug.c 6.1. @beta */
export function growSpans(node: MemoryNode, zone: Zone, range: PfnRange): void {
  growSpan(zone, range)
  updateNodeSpan(node)
}

function growSpan(spanned: Zone, range: PfnRange): void {
  const empty = spanned.spannedPages === 0
  const end = empty ? range.end : Math.max(range.end, spanned.startPfn + spanned.spannedPages)
  spanned.startPfn = empty ? range.start : Math.min(range.start, spanned.startPfn)
  spanned.spannedPages = end - spanned.startPfn
}

export const addOnlineRange = (zone: Zone, range: PfnRange): void =>
  insertInterval(zone.online, range)
export const removeOnlineRange = (zone: Zone, range: PfnRange): void =>
  removeInterval(zone.online, range)

/**
 * Shrinks the span of a zone after `range` left it, then that of its node. Only an edge moves; what leaves from
 * the middle leaves a hole. The search steps by subsections, as the kernel's does.
 * Source: shrink_zone_span and update_pgdat_span, mm/memory_hotplug.c 6.1.
 */
export function shrinkSpans(options: {
  readonly node: MemoryNode
  readonly zone: Zone
  readonly range: PfnRange
  readonly subsectionPages: number
  /** What keeps the span as wide as it is; default: what is online. */
  readonly holds?: IntervalSet
}): void {
  const { node, zone, range, subsectionPages: step, holds = zone.online } = options
  if (zone.startPfn === range.start) shrinkFromStart(zone, { range, step, holds })
  else if (zoneEndPfn(zone) === range.end) shrinkFromEnd(zone, { range, step, holds })
  updateNodeSpan(node)
}

/** A range that leaves a zone, and how the search for the new edge goes. */
interface Leaving {
  readonly range: PfnRange
  readonly step: number
  readonly holds: IntervalSet
}

function empty(zone: Zone): void {
  zone.startPfn = 0
  zone.spannedPages = 0
}

function shrinkFromStart(zone: Zone, { range, step, holds }: Leaving): void {
  const end = zoneEndPfn(zone)
  let from: number = range.end
  for (;;) {
    const found = intervalAtOrAbove(holds, from)
    if (found === undefined || found.start >= end) {
      empty(zone)
      return
    }
    const start = found.start <= from ? from : range.end + alignUp(found.start - range.end, step)
    if (start < found.end) {
      zone.startPfn = start
      zone.spannedPages = end - start
      return
    }
    from = found.end
  }
}

function shrinkFromEnd(zone: Zone, { range, step, holds }: Leaving): void {
  let last = range.start - 1
  for (;;) {
    const found = intervalAtOrBelow(holds, last)
    if (found === undefined || found.end <= zone.startPfn) {
      empty(zone)
      return
    }
    const candidate =
      found.end > last ? last : range.start - 1 - alignUp(range.start - found.end, step)
    if (candidate >= found.start) {
      zone.spannedPages = candidate - zone.startPfn + 1
      return
    }
    last = found.start - 1
  }
}

/** Makes a node's span the union of its zones' spans, whichever way round they are. @alpha */
export function updateNodeSpan(node: MemoryNode): void {
  let first = Number.POSITIVE_INFINITY
  let end = Number.NEGATIVE_INFINITY
  for (const zone of node.zones) {
    if (zone.spannedPages === 0) continue
    const edge = zoneEndPfn(zone)
    first = Math.min(first, zone.startPfn, edge)
    end = Math.max(end, zone.startPfn, edge)
  }
  const isEmpty = first > end
  node.startPfn = isEmpty ? 0 : first
  node.spannedPages = isEmpty ? 0 : end - first
}

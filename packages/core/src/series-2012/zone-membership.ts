import { type NodeId, pfn } from '../address/brand'
import { type IntervalSet, insertInterval } from '../address/interval-set'
import type { PfnRange } from '../address/range'
import { blockRange } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { movableZoneOf, zoneForBlock } from '../hotplug/zone-choice'
import { attachRange, detachRange } from '../isolation/online-range'
import type { MemoryBlock, OnlineType } from '../model/block'
import type { ZoneMove } from '../model/kernel-code'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Zone } from '../model/zone'
import { nodeOf } from '../node/node-table'
import {
  findSection,
  sectionOfPfn,
  sectionPages,
  writableSection,
  zoneOfPfn,
} from '../section/section-table'
import { sectionSlices } from '../section-pages/section-range'
import { growSpans, shrinkSpans, updateNodeSpan, zoneEndPfn } from '../zone/zone-span'
import { isKernelZone, isMovableZone, zoneOf } from '../zone/zone-table'

/*
 * Kernels in which memory joins a zone as it is added, and stays in it while it is offline (`zones.joins`). Onlining moves
 * a block to the neighbouring zone at most, and only at the edge where the two meet.
 * Source: mm/memory_hotplug.c 3.10; series of 2012, patch 17 and section 4.3.4; recordings of 3.10.108.
 */

/** The zone below Movable, which added memory joins. */
function topKernelZone(machine: Machine, nodeId: NodeId): Zone {
  const zone = nodeOf(machine, nodeId).zones.findLast(isKernelZone)
  invariant(zone, `Node ${nodeId} has a kernel zone.`)
  return zone
}

const isInitialised = (zone: Zone): boolean => zone.isInitialised || zone.spannedPages !== 0

/** Added sections join the highest kernel zone of their node. */
export function joinZone(
  machine: Machine,
  { range, nodeId }: { readonly range: PfnRange; readonly nodeId: NodeId },
): void {
  const zone = topKernelZone(machine, nodeId)
  growSpans(nodeOf(machine, nodeId), zone, spanOfAdded(machine, zone, range))
  zone.isInitialised = true
  attachRange(machine, { zone, range, selfHostedPages: 0 })
}

/** Of a zone that became empty the span begins at 0 with a defect. */
function spanOfAdded({ generation }: Machine, zone: Zone, range: PfnRange): PfnRange {
  const { emptySpan } = generation.rules.mended
  const beginsAt0 = emptySpan === 'at-0' && zone.isInitialised && zone.spannedPages === 0
  return beginsAt0 ? { start: pfn(0), end: range.end } : range
}

/** Sections leave their zones one by one, ascending; a span ends up as tight as its edges allow. */
export function leaveZone(machine: Machine, range: PfnRange): void {
  for (const { nr } of sectionSlices(machine, range)) {
    const key = findSection(machine, nr)?.zone ?? null
    if (key === null) continue
    const zone = zoneOf(machine, key)
    const section = sectionPages(machine, nr)
    detachRange(machine, { zone, range: section })
    const node = nodeOf(machine, zone.nodeId)
    const { pagesPerSection } = machine.geometry
    const holds = zoneMembers(machine, zone)
    if (hasEdges(machine, node))
      shrinkSpans({ node, zone, range: section, subsectionPages: pagesPerSection, holds })
    // Of a span that ends below its start the search for what is left finds nothing.
    if (holds.ranges.length > 0 && zone.spannedPages > 0) continue
    if (holds.ranges.length === 0) zone.isTorn = false
    zone.startPfn = 0
    zone.spannedPages = 0
    updateNodeSpan(node)
  }
}

/** Whether the search for a new edge finds sections of a node. Source: series of 2012, patch 17, shrink_zone_span. */
const hasEdges = ({ generation }: Machine, { id }: MemoryNode): boolean =>
  generation.rules.mended.spanEdge === 'own-node' || id < 2

/** A node that is gone has its zones as it never had any memory. */
export function forgetZones(machine: Machine, nodeId: NodeId): void {
  if (machine.generation.rules.zones.joins === 'onlined') return
  for (const zone of nodeOf(machine, nodeId).zones) {
    zone.isInitialised = false
    zone.startPfn = 0
  }
}

/**
 * What holds the span of a zone open: its online memory and, where memory joins a zone as it is added, its offline
 * sections. To look at once: it may be the zone's.
 * @alpha
 */
export function zoneMembers(machine: Machine, zone: Zone): Readonly<IntervalSet> {
  if (machine.generation.rules.zones.joins === 'onlined') return zone.online
  const members: IntervalSet = { ranges: zone.online.ranges.map((range) => ({ ...range })) }
  for (const { nr, online, zone: key } of machine.state.memory.sections.separated.values()) {
    if (!online && key === zone.key) insertInterval(members, sectionPages(machine, nr))
  }
  return members
}

/** The zone that a block joined as it was added: that of its first section, or the one that it joins where that is gone. */
function joinedZone(machine: Machine, block: Readonly<MemoryBlock>): Zone {
  const { start } = blockRange(machine, block.id)
  const key = findSection(machine, sectionOfPfn(machine, start))?.zone ?? zoneOfPfn(machine, start)
  return key === null ? topKernelZone(machine, block.nodeId) : zoneOf(machine, key)
}

/**
 * Where onlining with a type takes a block: to the neighbouring zone where the kernel moves edges, else nowhere.
 */
export function zoneMove(
  machine: Machine,
  block: Readonly<MemoryBlock>,
  type: OnlineType,
): ZoneMove {
  const { joins, edge } = machine.generation.rules.zones
  const from = joins === 'added' ? joinedZone(machine, block) : zoneForBlock(machine, block, type)
  if (joins === 'onlined' || edge === 'stays') return { from, to: from }
  const kernel = topKernelZone(machine, from.nodeId)
  if (type === 'online_kernel' && isMovableZone(from)) return { from, to: kernel }
  if (type === 'online_movable' && from === kernel) {
    return { from, to: movableZoneOf(machine, from.nodeId) }
  }
  return { from, to: from }
}

/**
 * Moves a block from one zone to its neighbour. It must cover the edge between them: the right one of the kernel zone, the
 * left one of Movable. Quirks: nothing of this is taken back when onlining fails later; a neighbour without pages
 * begins at the block from now on, even where the block may not move; and where Movable lies below the kernel zone, the
 * zone that grows loses the rest of its memory from its span, which may end below its start.
 * @throws HotplugError NOT_AT_ZONE_EDGE (EPERM)
 * Source: move_pfn_range_left, move_pfn_range_right, mm/memory_hotplug.c 3.10.
 */
export function moveToZone(machine: Machine, range: PfnRange, { from, to }: ZoneMove): void {
  if (from === to) return
  if (!isInitialised(to)) {
    to.isInitialised = true
    to.startPfn = range.start
  }
  const end = zoneEndPfn(from)
  const goesRight = isMovableZone(to)
  const isAtEdge = goesRight
    ? from.startPfn <= range.start && end <= range.end && range.start < end
    : range.end <= end && range.start <= from.startPfn && range.end > from.startPfn
  if (!isAtEdge) {
    const text = `Pages ${range.start}-${range.end} are not at the edge of ${from.key} to ${to.key}.`
    throw new HotplugError('NOT_AT_ZONE_EDGE', 'EPERM', text, {
      detail: { from: from.key, to: to.key },
    })
  }
  if (to.spannedPages !== 0)
    to.isTorn ||= goesRight ? to.startPfn < range.end : zoneEndPfn(to) > range.start
  if (goesRight) {
    const toEnd = to.spannedPages !== 0 ? zoneEndPfn(to) : range.end
    setSpan(from, { start: from.startPfn, end: range.start })
    setSpan(to, { start: range.start, end: toEnd })
  } else {
    const toStart = to.spannedPages !== 0 ? to.startPfn : range.start
    setSpan(to, { start: toStart, end: range.end })
    setSpan(from, { start: range.end, end })
  }
  for (const { nr } of sectionSlices(machine, range)) writableSection(machine, nr).zone = to.key
  updateNodeSpan(nodeOf(machine, to.nodeId))
}

function setSpan(
  zone: Zone,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  const isEmpty = end === start
  zone.startPfn = isEmpty ? 0 : pfn(start)
  zone.spannedPages = isEmpty ? 0 : end - start
}

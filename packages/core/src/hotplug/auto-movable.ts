import { type NodeId, sectionNr } from '../address/brand'
import { type PfnRange, rangeSize } from '../address/range'
import { blockOfSection, findBlock } from '../block/block-table'
import { groupOf } from '../block/group'
import type { MemoryBlock, MemoryGroup } from '../model/block'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { findSection } from '../section/section-table'
import { isMovableZone, zoneOf } from '../zone/zone-table'
import { kernelZoneFor, movableZoneOf, type Where } from './zone-choice'

/** Pages that must fit into Movable for this block to go there, or why it may not. */
type Need =
  | { readonly pages: number; readonly range: PfnRange }
  | { readonly kernelBecause: PfnRange }

/**
 * The zone for a block by the policy auto-movable: Movable, as long as the ratio of the machine, and of its node where that is
 * asked for, allows.
 * Source: auto_movable_zone_for_pfn, mm/memory_hotplug.c 6.1; spec 2.8.2.
 */
export function autoMovableZone(
  machine: Machine,
  block: Readonly<MemoryBlock>,
  where: Where,
): Zone {
  const { settings } = machine.state.memory
  const group = block.groupId === null ? undefined : groupOf(machine, block.groupId)
  if (settings.autoMovableRatio === 0) return kernelZoneFor(machine, where)
  const need = movableNeed(machine, where, group)
  if ('kernelBecause' in need) {
    return kernelZoneFor(machine, { nodeId: where.nodeId, range: need.kernelBecause })
  }
  const fits =
    ratioAllows(machine, { pages: need.pages, group, nodeId: undefined }) &&
    (!settings.autoMovableNumaAware ||
      ratioAllows(machine, { pages: need.pages, group, nodeId: where.nodeId }))
  if (fits) return movableZoneOf(machine, where.nodeId)
  return kernelZoneFor(machine, { nodeId: where.nodeId, range: need.range })
}

function movableNeed(machine: Machine, where: Where, group: MemoryGroup | undefined): Need {
  const blockPages = rangeSize(where.range)
  if (group === undefined) return { pages: blockPages, range: where.range }
  if (group.kind === 'static') {
    if (group.presentKernelPages > 0) return { kernelBecause: where.range }
    return { pages: group.pages - group.presentMovablePages, range: where.range }
  }
  if (group.pages === blockPages) return { pages: blockPages, range: where.range }
  return dynamicUnitNeed(machine, where, group.pages)
}

/** All sections of the aligned unit around the block must be Movable or not online. */
function dynamicUnitNeed(machine: Machine, where: Where, unitPages: number): Need {
  const { pagesPerSection } = machine.geometry
  const start = where.range.start - (where.range.start % unitPages)
  let onlineMovablePages = 0
  for (let at = start; at < start + unitPages; at += pagesPerSection) {
    const nr = sectionNr(at / pagesPerSection)
    if (findSection(machine, nr)?.online !== true) continue
    const zone = findBlock(machine, blockOfSection(machine, nr))?.zone ?? null
    const section = { start: at, end: at + pagesPerSection } as PfnRange
    if (zone === null || !isMovableZone(zoneOf(machine, zone))) return { kernelBecause: section }
    onlineMovablePages += pagesPerSection
  }
  const pages = unitPages - onlineMovablePages
  // The kernel looks up the fallback zone behind the unit, with `need` as the length (spec 2.8.2, quirk).
  const range = { start: start + unitPages, end: start + unitPages + pages } as PfnRange
  return { pages, range }
}

/** Whether that number of pages more in Movable keeps the ratio, over the whole machine or one node. */
function ratioAllows(
  machine: Machine,
  ask: {
    readonly pages: number
    readonly group: MemoryGroup | undefined
    readonly nodeId: NodeId | undefined
  },
): boolean {
  const { zones, groups, settings } = machine.state.memory
  const ratio = settings.autoMovableRatio
  let movable = 0
  let early = 0
  for (const zone of zones.values()) {
    if (ask.nodeId !== undefined && zone.nodeId !== ask.nodeId) continue
    if (isMovableZone(zone)) movable += zone.presentPages
    else {
      // What is set aside for contiguous allocation is as Movable is.
      movable += zone.cmaPages
      early += zone.presentEarlyPages - zone.cmaPages
    }
  }
  let required = 0
  for (const other of groups.values()) {
    if (other.kind !== 'dynamic' || other === ask.group) continue
    if (ask.nodeId !== undefined && other.nodeId !== ask.nodeId) continue
    required += Math.max(
      0,
      Math.floor((other.presentMovablePages * 100) / ratio) - other.presentKernelPages,
    )
    movable -= other.presentMovablePages
  }
  if (early <= required) return false
  early -= required
  if (ask.group?.kind === 'dynamic') early += ask.group.presentKernelPages
  return movable + ask.pages <= Math.floor((ratio * early) / 100)
}

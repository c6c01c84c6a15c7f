import type { NodeId } from '../address/brand'
import type { PfnRange } from '../address/range'
import { blockRange } from '../block/block-table'
import { invariant } from '../errors/invariant'
import { subsystemOf } from '../machine/subsystem'
import type { MemoryBlock, OnlineType } from '../model/block'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { nodeOf } from '../node/node-table'
import { zoneSpanMeets } from '../zone/zone-span'
import { highmemStart, isKernelZone, isMovableZone } from '../zone/zone-table'

/** Memory that is to join a zone of a node. */
export interface Where {
  readonly nodeId: NodeId
  readonly range: PfnRange
}

/** The kernel zones of a node that a range may join, lowest first: HighMem beyond the direct map, else the others. */
function kernelZones(machine: Machine, { nodeId, range }: Where): readonly Zone[] {
  const { arch, geometry } = machine
  const isHigh = range.start * geometry.pageBytes >= highmemStart(arch.geometry)
  const zones = nodeOf(machine, nodeId).zones.filter(isKernelZone)
  return zones.filter((zone) => (zone.kind === 'highmem') === isHigh)
}

/** The kernel zone for a range: the lowest below the top one whose span meets it, else the top one. */
export function kernelZoneFor(machine: Machine, where: Where): Zone {
  const zones = kernelZones(machine, where)
  const top = zones.at(-1)
  invariant(top, 'A node has a kernel zone.')
  return zones.find((zone) => zone !== top && zoneSpanMeets(zone, where.range)) ?? top
}

/**
 * The Movable zone of a node, empty or not.
 * @throws InvariantViolation where the machine has none
 * @alpha
 */
export function movableZoneOf(machine: Machine, nodeId: NodeId): Zone {
  const zone = nodeOf(machine, nodeId).zones.find(isMovableZone)
  invariant(zone, `Node ${nodeId} has a Movable zone.`)
  return zone
}

/**
 * The zone that a block joins when onlined with this type.
 * Source: zone_for_pfn_range, mm/memory_hotplug.c 6.1; spec 2.8 and 3.1.
 * @alpha
 */
export function zoneForBlock(
  machine: Machine,
  block: Readonly<MemoryBlock>,
  type: OnlineType,
): Zone {
  const where = { nodeId: block.nodeId, range: blockRange(machine, block.id) }
  if (type === 'online_kernel') return kernelZoneFor(machine, where)
  if (type === 'online_movable') return movableZoneOf(machine, block.nodeId)
  const { settings } = machine.state.memory
  return settings.onlinePolicy === 'auto-movable'
    ? subsystemOf(machine, 'autoMovable', 'online_policy auto-movable').zoneFor(
        machine,
        block,
        where,
      )
    : contiguousZone(machine, where)
}

function contiguousZone(machine: Machine, where: Where): Zone {
  const kernel = kernelZoneFor(machine, where)
  const movable = movableZoneOf(machine, where.nodeId)
  const inKernel = zoneSpanMeets(kernel, where.range)
  const inMovable = zoneSpanMeets(movable, where.range)
  if (inKernel !== inMovable) return inKernel ? kernel : movable
  return machine.state.memory.settings.movableNode ? movable : kernel
}

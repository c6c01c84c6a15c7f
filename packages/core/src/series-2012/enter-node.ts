import type { NodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import { createNode } from '../node/node-table'
import { zoneSpecs } from '../zone/zone-table'

/** Enters a node that memory was added on although it was not known to be possible. */
export function enterNode({ arch: { geometry }, features, state }: Machine, id: NodeId): void {
  const node = createNode(id, zoneSpecs({ geometry, features }))
  state.memory.nodes.set(id, node)
  for (const zone of node.zones) state.memory.zones.set(zone.key, zone)
}

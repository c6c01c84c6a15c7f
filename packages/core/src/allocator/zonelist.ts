import type { NodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { nodeDistance } from '../node/node-table'
import { servesKernel } from '../zone/zone-table'

/** Whether pages may move later: GFP_HIGHUSER_MOVABLE, or GFP_KERNEL. @beta */
export type Mobility = 'movable' | 'unmovable'

/** Nodes from which memory may come, nearest to `nodeId` first, equal ones by number. */
export function nodesByDistance(
  machine: Machine,
  which: { readonly nodeId: NodeId; readonly nodes?: readonly NodeId[] | undefined },
): readonly NodeId[] {
  const { nodeId, nodes } = which
  const pageIndex = (id: NodeId): number => (id === nodeId ? -1 : nodeDistance(machine, nodeId, id))
  return [...machine.state.memory.nodes.keys()]
    .filter((id) => nodes === undefined || nodes.includes(id))
    .sort((a, b) => pageIndex(a) - pageIndex(b) || a - b)
}

/**
 * The zones that a request may be served from, in the order in which they are tried.
 * Source: build_zonelists, mm/page_alloc.c 6.1.
 */
export function zonelist(
  machine: Machine,
  request: {
    readonly nodeId: NodeId
    readonly mobility: Mobility
    readonly nodes?: readonly NodeId[] | undefined
  },
): readonly Zone[] {
  const usable = (zone: Zone): boolean =>
    request.mobility === 'movable' ? zone.kind !== 'device' : servesKernel(zone)
  return nodesByDistance(machine, request).flatMap((id) => {
    const zones = machine.state.memory.nodes.get(id)?.zones ?? []
    return zones.filter(usable).sort((a, b) => b.index - a.index)
  })
}

import type { NodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
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

/** Whose zones are asked for, and by what. */
interface ZoneRequest {
  readonly nodeId: NodeId
  readonly mobility: Mobility
  readonly nodes?: readonly NodeId[] | undefined
}

/** The lists of some nodes, as long as there are no others: the zones of a node stay. */
interface BuiltLists {
  readonly nodeCount: number
  readonly lists: Record<Mobility, Map<NodeId, readonly Zone[]>>
}

const BUILT = /* @__PURE__ */ new WeakMap<ReadonlyMap<NodeId, MemoryNode>, BuiltLists>()

function builtLists({ size }: ReadonlyMap<NodeId, MemoryNode>): BuiltLists {
  return { nodeCount: size, lists: { movable: new Map(), unmovable: new Map() } }
}

/**
 * The zones that a request may be served from, in the order in which they are tried. Those of all nodes are listed once, as the
 * kernel does. Source: build_zonelists, mm/page_alloc.c 6.1.
 */
export function zonelist(machine: Machine, request: ZoneRequest): readonly Zone[] {
  if (request.nodes !== undefined) return buildZonelist(machine, request)
  const { nodes } = machine.state.memory
  let built = BUILT.get(nodes)
  if (built?.nodeCount !== nodes.size) {
    built = builtLists(nodes)
    BUILT.set(nodes, built)
  }
  const lists = built.lists[request.mobility]
  const known = lists.get(request.nodeId)
  if (known !== undefined) return known
  const list = buildZonelist(machine, request)
  lists.set(request.nodeId, list)
  return list
}

function buildZonelist(machine: Machine, request: ZoneRequest): readonly Zone[] {
  const usable = (zone: Zone): boolean =>
    request.mobility === 'movable' ? zone.kind !== 'device' : servesKernel(zone)
  return nodesByDistance(machine, request).flatMap((id) => {
    const zones = machine.state.memory.nodes.get(id)?.zones ?? []
    return zones.filter(usable).sort((a, b) => b.index - a.index)
  })
}

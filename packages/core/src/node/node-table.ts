import type { NodeId } from '../address/brand'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { createZone, servesKernel, type ZoneSpec } from '../zone/zone-table'

/** The possible node of this number; undefined where there is none. @alpha */
export function findNode(machine: Machine, id: NodeId): MemoryNode | undefined {
  return machine.state.memory.nodes.get(id)
}

/**
 * The possible node of this number.
 * @throws InvariantViolation where there is none
 * @alpha
 */
export function nodeOf(machine: Machine, id: NodeId): MemoryNode {
  const node = findNode(machine, id)
  invariant(node, `No node ${id}.`)
  return node
}

/** A node without memory or processors that nothing was known of at boot. */
export const createNode = (id: NodeId, zones: readonly ZoneSpec[]): MemoryNode => ({
  id,
  isPossible: false,
  online: false,
  cpus: [],
  zones: zones.map((spec, index) => createZone(id, spec, index)),
  startPfn: 0,
  spannedPages: 0,
  hasMemory: false,
  hasNormalMemory: false,
  kthreads: false,
})

/** Path of a node's device below /sys. */
export const nodeDevice = (
  id: NodeId,
): { readonly devpath: string; readonly subsystem: string } => ({
  devpath: `/devices/system/node/node${id}`,
  subsystem: 'node',
})

/** Present pages in zones that serve the kernel (N_NORMAL_MEMORY), and in all zones but Device (N_MEMORY). */
export function presentPages(node: MemoryNode): { readonly normal: number; readonly all: number } {
  let normal = 0
  let all = 0
  for (const zone of node.zones) {
    if (servesKernel(zone)) normal += zone.presentPages
    if (zone.kind !== 'device') all += zone.presentPages
  }
  return { normal, all }
}

/** Distance between two nodes: 10 to itself, else what firmware says, else 20. @alpha */
export function nodeDistance(machine: Machine, from: NodeId, to: NodeId): number {
  const { nodes } = machine.description
  const place = nodes.findIndex((node) => node.id === to)
  const told = nodes.find((node) => node.id === from)?.distances?.[place]
  return told ?? (from === to ? 10 : 20)
}

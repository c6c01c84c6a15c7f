import type { BlockInfo, Topology } from '@memhp/topology'
import { type Holdings, pagesToMove, zoneOfBlock } from './holdings'

/** Room for the pages that a plan moves. In base pages. */
export interface HeadRoom {
  /** `unknown` where the tree does not say what is free. */
  readonly verdict: 'enough' | 'short' | 'unknown'
  /** Pages that have to move. */
  readonly needPages: number
  /** Free pages, above the zones’ minimum, of the nodes that may take them, in blocks that stay. */
  readonly roomPages: number
  /** Nodes that the pages come from, and those that may take them. */
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Blocks for whose pages no room is left, in the order of the plan. */
  readonly stalled: readonly number[]
}

/** A block that is to go, with what it holds. */
export interface GoingBlock {
  readonly block: BlockInfo
  readonly holdings: Holdings | undefined
}

const nodeOfBlock = (topology: Topology, block: BlockInfo): number =>
  block.nodes[0] ?? topology.zones[0]?.node ?? 0

/** Free pages of a node above its zones' minimum; undefined where a zone does not say. */
function freePagesOf(topology: Topology, node: number): number | undefined {
  const zones = topology.zones.filter((zone) => zone.node === node && zone.name !== 'Device')
  let free = 0
  for (const { presentPages, freePages, watermarks } of zones) {
    if (presentPages === 0) continue
    if (freePages === null) return undefined
    free += Math.max(0, freePages - (watermarks?.min ?? 0))
  }
  return free
}

/** What each node has free; asked once of a topology, however many blocks are asked about. */
interface NodeRoom {
  /** Nodes with online memory, ascending. */
  readonly nodes: readonly number[]
  /** Free pages by node; undefined where a zone does not say. */
  readonly free: ReadonlyMap<number, number> | undefined
}

const ROOMS = new WeakMap<Topology, NodeRoom>()

function roomOf(topology: Topology): NodeRoom {
  const known = ROOMS.get(topology)
  if (known !== undefined) return known
  const present = topology.zones.filter((zone) => zone.presentPages > 0)
  const nodes = [...new Set(present.map((zone): number => zone.node))].sort((a, b) => a - b)
  const free = new Map<number, number>()
  for (const node of nodes) {
    const pages = freePagesOf(topology, node)
    if (pages !== undefined) free.set(node, pages)
  }
  const room = { nodes, free: free.size < nodes.length ? undefined : free }
  ROOMS.set(topology, room)
  return room
}

/**
 * Nodes that the pages of a node move to: all others with memory, and only where there is none the node itself.
 * Source: do_migrate_range, mm/memory_hotplug.c 6.1.
 */
function migrationTargets(topology: Topology, node: number): readonly number[] {
  const others = roomOf(topology).nodes.filter((other) => other !== node)
  return others.length > 0 ? others : [node]
}

/** Free pages by node once the blocks that go are gone. */
function roomByNode(
  topology: Topology,
  going: readonly GoingBlock[],
): Map<number, number> | undefined {
  const { free } = roomOf(topology)
  if (free === undefined) return undefined
  const room = new Map(free)
  for (const { block, holdings } of going) {
    if (block.state !== 'online') continue
    if (holdings === undefined && zoneOfBlock(topology, block) === undefined) return undefined
    const node = nodeOfBlock(topology, block)
    room.set(node, Math.max(0, (room.get(node) ?? 0) - (holdings?.free ?? 0)))
  }
  return room
}

/** Takes pages out of the rooms of some nodes. @returns how many found none */
function occupy(room: Map<number, number>, targets: readonly number[], pages: number): number {
  let left = pages
  for (const node of targets) {
    const taken = Math.min(left, room.get(node) ?? 0)
    room.set(node, (room.get(node) ?? 0) - taken)
    left -= taken
  }
  return left
}

/**
 * Whether the pages of the blocks find room, block by block in the order of the plan. Only blocks that stay count as
 * room: what moves into a block that goes later has to move again.
 */
export function headRoomFor(topology: Topology, going: readonly GoingBlock[]): HeadRoom {
  const online = going.filter(({ block }) => block.state === 'online')
  const from = [...new Set(online.map(({ block }) => nodeOfBlock(topology, block)))]
  const to = [...new Set(from.flatMap((node) => migrationTargets(topology, node)))]
  const ascending = (a: number, b: number): number => a - b
  const nodes = { from: from.sort(ascending), to: to.sort(ascending) }
  const needPages = online.reduce(
    (sum, { holdings }) => sum + (holdings === undefined ? 0 : pagesToMove(holdings)),
    0,
  )
  const room = roomByNode(topology, going)
  if (room === undefined || online.some(({ holdings }) => holdings === undefined)) {
    return { verdict: 'unknown', needPages, roomPages: 0, ...nodes, stalled: [] }
  }
  const roomPages = to.reduce((sum, node) => sum + (room.get(node) ?? 0), 0)
  const stalled: number[] = []
  for (const { block, holdings } of online) {
    const pages = holdings === undefined ? 0 : pagesToMove(holdings)
    const targets = migrationTargets(topology, nodeOfBlock(topology, block))
    if (occupy(room, targets, pages) > 0) stalled.push(block.id)
  }
  return {
    verdict: stalled.length === 0 ? 'enough' : 'short',
    needPages,
    roomPages,
    ...nodes,
    stalled,
  }
}

import type { BlockInfo, Topology } from '@memhp/topology'
import { type Holdings, pagesToMove, zoneOfBlock } from './holdings'

/** Room for the pages that a plan moves. In base pages. */
export interface HeadRoom {
  /** `unknown` where the tree does not say what is free. */
  readonly verdict: 'enough' | 'short' | 'unknown'
  /** Pages that have to move. */
  readonly needPages: number
  /** Free pages, above the zones’ minimum and what they keep from others, of the nodes that may take them, in blocks that stay. */
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

/** Free pages of a zone above its minimum, and how many of them it keeps from requests for each zone. */
interface Pool {
  readonly zone: string
  readonly free: number
  readonly kept: Readonly<Record<string, number>>
}

/** What pages of a zone find in a pool. */
const roomIn = ({ free, kept }: Pool, zone: string): number => Math.max(0, free - (kept[zone] ?? 0))

/** Pools of a node, those that are used first in front; undefined where a zone does not say what is free. */
function poolsOf(topology: Topology, node: number): readonly Pool[] | undefined {
  const zones = topology.zones.filter(
    (zone) => zone.node === node && zone.name !== 'Device' && zone.presentPages > 0,
  )
  const pools = zones.toReversed().map(({ name, freePages, watermarks, keptPages = {} }) => ({
    zone: name,
    free: freePages === null ? Number.NaN : Math.max(0, freePages - (watermarks?.min ?? 0)),
    kept: keptPages,
  }))
  return pools.some(({ free }) => Number.isNaN(free)) ? undefined : pools
}

/** What each node has free; asked once of a topology, however many blocks are asked about. */
interface NodeRoom {
  /** Nodes with online memory, ascending. */
  readonly nodes: readonly number[]
  /** By node; undefined where a zone does not say. */
  readonly pools: ReadonlyMap<number, readonly Pool[]> | undefined
}

const ROOMS = new WeakMap<Topology, NodeRoom>()

function roomOf(topology: Topology): NodeRoom {
  const known = ROOMS.get(topology)
  if (known !== undefined) return known
  const present = topology.zones.filter((zone) => zone.presentPages > 0)
  const nodes = [...new Set(present.map((zone): number => zone.node))].sort((a, b) => a - b)
  const pools = new Map<number, readonly Pool[]>()
  for (const node of nodes) {
    const found = poolsOf(topology, node)
    if (found !== undefined) pools.set(node, found)
  }
  const room = { nodes, pools: pools.size < nodes.length ? undefined : pools }
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

/** The zone of a block; empty where it is not known. */
const zoneNameOf = (topology: Topology, block: BlockInfo): string =>
  zoneOfBlock(topology, block)?.name ?? ''

type Rooms = Map<number, readonly Pool[]>

/** What pages of any of some zones find on nodes. */
function roomOn(rooms: Rooms, nodes: readonly number[], zones: ReadonlySet<string>): number {
  let room = 0
  for (const node of nodes) {
    for (const pool of rooms.get(node) ?? []) {
      let most = 0
      for (const zone of zones) most = Math.max(most, roomIn(pool, zone))
      room += most
    }
  }
  return room
}

/** Takes pages of a zone out of the pools of a node. @returns how many found none */
function occupy(
  rooms: Rooms,
  node: number,
  { pages, zone }: { pages: number; zone: string },
): number {
  let left = pages
  const pools: Pool[] = []
  for (const pool of rooms.get(node) ?? []) {
    const taken = Math.min(left, roomIn(pool, zone))
    left -= taken
    pools.push({ zone: pool.zone, free: pool.free - taken, kept: pool.kept })
  }
  rooms.set(node, pools)
  return left
}

/** Pools of which one has lost free pages; all, where the zone is not known. */
function without(
  pools: readonly Pool[],
  { zone, lost }: { readonly zone: string; readonly lost: number },
): readonly Pool[] {
  const left: Pool[] = []
  for (const pool of pools) {
    const isMeant = zone === '' || pool.zone === zone
    const free = Math.max(0, pool.free - lost)
    left.push(isMeant ? { zone: pool.zone, free, kept: pool.kept } : pool)
  }
  return left
}

/** What nodes have free once the blocks that go are gone. */
function roomsWithout(topology: Topology, going: readonly GoingBlock[]): Rooms | undefined {
  const { pools } = roomOf(topology)
  if (pools === undefined) return undefined
  const rooms = new Map(pools)
  for (const { block, holdings } of going) {
    if (block.state !== 'online') continue
    const zone = zoneNameOf(topology, block)
    if (holdings === undefined && zone === '') return undefined
    const node = nodeOfBlock(topology, block)
    const lost = holdings?.free ?? 0
    if (lost > 0) rooms.set(node, without(rooms.get(node) ?? [], { zone, lost }))
  }
  return rooms
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
  const rooms = roomsWithout(topology, going)
  if (rooms === undefined || online.some(({ holdings }) => holdings === undefined)) {
    return { verdict: 'unknown', needPages, roomPages: 0, ...nodes, stalled: [] }
  }
  const zones = online.map(({ block }) => zoneNameOf(topology, block))
  const roomPages = roomOn(rooms, to, new Set(zones))
  const stalled: number[] = []
  for (const [at, { block, holdings }] of online.entries()) {
    let pages = holdings === undefined ? 0 : pagesToMove(holdings)
    for (const node of migrationTargets(topology, nodeOfBlock(topology, block))) {
      if (pages === 0) break
      pages = occupy(rooms, node, { pages, zone: zones[at] ?? '' })
    }
    if (pages > 0) stalled.push(block.id)
  }
  return {
    verdict: stalled.length === 0 ? 'enough' : 'short',
    needPages,
    roomPages,
    ...nodes,
    stalled,
  }
}

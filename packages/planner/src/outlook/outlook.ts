import type { BlockId, NodeId } from '@memhp/core'
import type { BlockInfo, Topology } from '@memhp/topology'
import { groupsThatGo, mostTogether, removableDevices } from '../goal/most-together'
import { targetOf } from '../goal/target'
import type { HeadRoom } from '../predict/head-room'
import type { Holdings } from '../predict/holdings'
import { predictTarget } from '../predict/predict-target'
import { isGood, type Prediction } from '../predict/prediction'
import { type Obstacle, obstaclesOf } from './obstacles'

/** What to expect of one block, taken offline alone. */
export interface BlockOutlook {
  readonly id: BlockId
  /** Null for blocks that are not online, and where nothing is known. */
  readonly holdings: Holdings | null
  readonly prediction: Prediction
}

/** What to expect of blocks that are taken offline together, all others staying. */
export interface TogetherOutlook {
  /** Ascending. */
  readonly blocks: readonly BlockId[]
  readonly sizeBytes: number
  readonly headRoom: HeadRoom
  /** The worst of the blocks' predictions. */
  readonly prediction: Prediction
}

export interface DeviceOutlook extends TogetherOutlook {
  readonly name: string
  readonly nodes: readonly NodeId[]
  /** False where no file asks for it: its blocks can be taken offline, and stay plugged. */
  readonly canBeRemoved: boolean
}

export interface NodeOutlook extends TogetherOutlook {
  readonly id: NodeId
  /** Online blocks of it that are expected to go, each alone. */
  readonly goodBlocks: number
}

/** The most that is expected to go together. */
export interface MostOutlook extends TogetherOutlook {
  /** Devices that go as a whole with it. */
  readonly devices: readonly string[]
}

/** What can go of a machine's memory now, and what cannot. Plain data. */
export interface Outlook {
  /** Ascending. */
  readonly blocks: readonly BlockOutlook[]
  /** Those with memory. */
  readonly devices: readonly DeviceOutlook[]
  /** Those with memory. Empty without NUMA. */
  readonly nodes: readonly NodeOutlook[]
  readonly most: MostOutlook
  /** What keeps online blocks, those with most memory first. */
  readonly obstacles: readonly Obstacle[]
}

function together(topology: Topology, blocks: readonly BlockInfo[]): TogetherOutlook {
  // From the highest down, as plans take them.
  const { headRoom, prediction } = predictTarget(
    topology,
    blocks.toSorted((a, b) => b.id - a.id),
  )
  return {
    blocks: blocks.map(({ id }) => id).sort((a, b) => a - b),
    sizeBytes: blocks.length * topology.blockBytes,
    headRoom,
    prediction,
  }
}

/** What to expect of one block, taken offline alone, all others staying. */
export function outlookOfBlock(topology: Topology, block: BlockInfo): BlockOutlook {
  const alone = predictTarget(topology, [block])
  return {
    id: block.id,
    holdings: alone.blocks[0]?.holdings ?? null,
    prediction: alone.prediction,
  }
}

/** What to expect of each device with memory, taken as a whole. */
export function outlooksOfDevices(topology: Topology): readonly DeviceOutlook[] {
  const devices = topology.devices.filter((device) => device.blocks.length > 0)
  const asked = new Set(devices.flatMap(({ blocks }) => blocks))
  const byId = new Map(
    topology.blocks.flatMap((block) => (asked.has(block.id) ? [[block.id, block] as const] : [])),
  )
  return devices.map(({ name, nodes, ejectable, blocks }) => ({
    name,
    nodes,
    canBeRemoved: ejectable !== false,
    ...together(
      topology,
      blocks.flatMap((id) => byId.get(id) ?? []),
    ),
  }))
}

function mostOf(topology: Topology): MostOutlook {
  const devices = removableDevices(topology)
  const groups = groupsThatGo(topology, { devices, accept: isGood })
  const blocks = mostTogether(topology, { groups, accept: isGood })
  const target = targetOf(blocks, topology.devices)
  return { ...together(topology, blocks), devices: target.devices.map(({ name }) => name) }
}

/**
 * Says of every block, device and node whether it can go now, how much can go together, and what keeps the rest. By the same
 * predictions as plans. Nothing is touched.
 */
export function outlookOf(topology: Topology): Outlook {
  const byId = new Map(topology.blocks.map((block) => [block.id, block]))
  const blocksOf = (ids: readonly BlockId[]): readonly BlockInfo[] =>
    ids.flatMap((id) => byId.get(id) ?? [])
  const blocks = topology.blocks.map((block) => outlookOfBlock(topology, block))
  const good = new Set(
    blocks.filter(({ prediction }) => prediction.outcome === 'goes').map(({ id }) => id),
  )
  return {
    blocks,
    devices: outlooksOfDevices(topology),
    nodes: topology.nodes
      .filter((node) => node.blocks.length > 0)
      .map(({ id, blocks: ids }) => ({
        id,
        goodBlocks: ids.filter((block) => good.has(block)).length,
        ...together(topology, blocksOf(ids)),
      })),
    most: mostOf(topology),
    obstacles: obstaclesOf(topology, blocks),
  }
}

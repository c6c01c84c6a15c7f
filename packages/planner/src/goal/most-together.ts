import type { BlockInfo, DeviceInfo, Topology } from '@memhp/topology'
import { predictTarget } from '../predict/predict-target'
import { compareBadness, isGood, type Prediction } from '../predict/prediction'
import type { Candidate } from './best-subset'

/** A device that may go, as a candidate of a choice. */
export interface DeviceChoice extends Candidate {
  readonly device: DeviceInfo
  readonly blocks: readonly BlockInfo[]
}

const DOUBT: Readonly<Record<Prediction['confidence'], number>> = {
  certain: 0,
  likely: 1,
  uncertain: 100,
}

/** Devices that are expected to go, each on its own. */
export function removableDevices(topology: Topology): readonly DeviceChoice[] {
  const byId = new Map(topology.blocks.map((block) => [block.id, block]))
  return topology.devices.flatMap((device): readonly DeviceChoice[] => {
    if (device.ejectable === false || device.blocks.length === 0) return []
    const blocks = device.blocks.flatMap((id) => byId.get(id) ?? [])
    const { prediction, headRoom } = predictTarget(topology, blocks)
    if (!isGood(prediction)) return []
    // Doubt first, then pages to move: what moves less disturbs less.
    const cost = DOUBT[prediction.confidence] * 2 ** 20 + Math.round(headRoom.needPages / 2 ** 8)
    return [{ device, blocks, units: blocks.length, cost }]
  })
}

/**
 * Online blocks outside the chosen devices whose prediction is accepted, surest first, then Movable before kernel zones and the highest
 * first. The same predictions as those of a goal that names them.
 */
function otherBlocks(
  topology: Topology,
  chosen: readonly DeviceChoice[],
  accept: (prediction: Prediction) => boolean,
): readonly BlockInfo[] {
  const taken = new Set(chosen.flatMap(({ blocks }) => blocks.map(({ id }) => id)))
  const isMovable = ({ zones }: BlockInfo): boolean =>
    zones.kind === 'in' && zones.name === 'Movable'
  return topology.blocks
    .filter(({ id, state }) => !taken.has(id) && state === 'online')
    .map((block) => ({ block, prediction: predictTarget(topology, [block]).prediction }))
    .filter(({ prediction }) => accept(prediction))
    .sort(
      (a, b) =>
        compareBadness(a.prediction, b.prediction) ||
        Number(isMovable(b.block)) - Number(isMovable(a.block)) ||
        b.block.id - a.block.id,
    )
    .map(({ block }) => block)
}

/**
 * Groups of blocks that go as a whole, best first: devices, the surest and lightest first, then single blocks.
 * @param asked.devices of `removableDevices`
 * @param asked.accept which predictions of a single block are good enough
 */
export function groupsThatGo(
  topology: Topology,
  asked: {
    readonly devices: readonly DeviceChoice[]
    readonly accept: (prediction: Prediction) => boolean
  },
): readonly (readonly BlockInfo[])[] {
  const byCost = asked.devices.toSorted((a, b) => a.cost - b.cost || b.units - a.units)
  return [
    ...byCost.map(({ blocks }) => blocks),
    ...otherBlocks(topology, byCost, asked.accept).map((block) => [block]),
  ]
}

/** The longest prefix of `groups` whose prediction together is accepted. */
export function mostTogether(
  topology: Topology,
  asked: {
    readonly groups: readonly (readonly BlockInfo[])[]
    readonly accept: (prediction: Prediction) => boolean
  },
): readonly BlockInfo[] {
  const { groups, accept } = asked
  let low = 0
  let high = groups.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const blocks = groups.slice(0, middle).flat()
    if (accept(predictTarget(topology, blocks).prediction)) low = middle
    else high = middle - 1
  }
  return groups.slice(0, low).flat()
}

import { HotplugError } from '@memhp/core'
import { formatExactSize } from '@memhp/kernel-files'
import type { BlockInfo, DeviceInfo, Topology } from '@memhp/topology'
import { predictTarget } from '../predict/predict-target'
import { compareBadness, isGood, mayGo, type Prediction } from '../predict/prediction'
import { bestSubset, type Candidate } from './best-subset'
import { type Target, targetOf } from './target'

interface DeviceChoice extends Candidate {
  readonly device: DeviceInfo
  readonly blocks: readonly BlockInfo[]
}

const DOUBT: Readonly<Record<Prediction['confidence'], number>> = {
  certain: 0,
  likely: 1,
  uncertain: 100,
}

/** Devices that are expected to go, each on its own. */
function removableDevices(topology: Topology): readonly DeviceChoice[] {
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
 * Online blocks outside the chosen devices that may go offline, surest first, then Movable before kernel zones and the highest
 * first. The same predictions as those of a goal that names them.
 */
function otherBlocks(topology: Topology, chosen: readonly DeviceChoice[]): readonly BlockInfo[] {
  const taken = new Set(chosen.flatMap(({ blocks }) => blocks.map(({ id }) => id)))
  const isMovable = ({ zones }: BlockInfo): boolean =>
    zones.kind === 'in' && zones.name === 'Movable'
  return topology.blocks
    .filter(({ id, state }) => !taken.has(id) && state === 'online')
    .map((block) => ({ block, prediction: predictTarget(topology, [block]).prediction }))
    .filter(({ prediction }) => mayGo(prediction))
    .sort(
      (a, b) =>
        compareBadness(a.prediction, b.prediction) ||
        Number(isMovable(b.block)) - Number(isMovable(a.block)) ||
        b.block.id - a.block.id,
    )
    .map(({ block }) => block)
}

/** The longest prefix of `groups` that is expected to go together. */
function mostTogether(
  topology: Topology,
  groups: readonly (readonly BlockInfo[])[],
): readonly BlockInfo[] {
  let low = 0
  let high = groups.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const blocks = groups.slice(0, middle).flat()
    if (mayGo(predictTarget(topology, blocks).prediction)) low = middle
    else high = middle - 1
  }
  return groups.slice(0, low).flat()
}

/** How much of it are whole devices, and how much single blocks. */
function mostText(sizeBytes: number, target: Target): string {
  const names = target.devices.map(({ name }) => name).join(', ')
  const ofDevices = target.devices.flatMap(({ blocks }) => blocks).length
  const single = target.blocks.length - ofDevices
  const blockBytes = sizeBytes / target.blocks.length
  const ofSingle = `${formatExactSize(single * blockBytes)} of single blocks, which can only go offline`
  if (ofDevices === 0) return ofSingle
  const size = formatExactSize(sizeBytes)
  return single === 0
    ? `${size}, with ${names}`
    : `${size}: ${names} with ${formatExactSize(ofDevices * blockBytes)}, and ${ofSingle}`
}

function impossible(
  topology: Topology,
  wanted: { readonly sizeBytes: number; readonly most: readonly BlockInfo[] },
): HotplugError {
  const { sizeBytes, most } = wanted
  const mostBytes = most.length * topology.blockBytes
  const target = targetOf(most, topology.devices)
  const devices = target.devices.map(({ name }) => name)
  const how =
    most.length === 0
      ? 'Nothing on this machine may go.'
      : `The most that may go is ${mostText(mostBytes, target)}.`
  return new HotplugError(
    'IMPOSSIBLE_GOAL',
    'EINVAL',
    `${formatExactSize(sizeBytes)} cannot go. ${how}`,
    {
      detail: { sizeBytes, mostBytes, mostBlocks: most.map(({ id }) => id), mostDevices: devices },
    },
  )
}

/**
 * Chooses what goes best for a number of bytes. Whole devices come first: the set that overshoots least, then the one that
 * is surest and moves least. Where devices do not suffice, all of them and single blocks, the surest first, which can only be
 * taken offline.
 * @param sizeBytes at least so much; rounded up to whole blocks
 * @throws HotplugError BAD_ARGUMENT, IMPOSSIBLE_GOAL
 */
export function chooseForSize(topology: Topology, sizeBytes: number): Target {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The size to remove is at least one byte.', {
      detail: { sizeBytes },
    })
  }
  const units = Math.ceil(sizeBytes / topology.blockBytes)
  const devices = removableDevices(topology)
  const subset = bestSubset(devices, units)
  if (subset !== undefined) {
    const blocks = subset.flatMap((choice) => choice.blocks)
    if (isGood(predictTarget(topology, blocks).prediction)) {
      return targetOf(
        blocks,
        subset.map(({ device }) => device),
      )
    }
  }
  const byCost = devices.toSorted((a, b) => a.cost - b.cost || b.units - a.units)
  const groups = [
    ...byCost.map(({ blocks }) => blocks),
    ...otherBlocks(topology, byCost).map((block) => [block]),
  ]
  const most = mostTogether(topology, groups)
  if (most.length < units) throw impossible(topology, { sizeBytes, most })
  const enough: BlockInfo[] = []
  for (const group of groups) {
    if (enough.length >= units) break
    enough.push(...group)
  }
  return targetOf(enough, topology.devices)
}

import { HotplugError } from '@memhp/core'
import { formatExactSize } from '@memhp/kernel-files'
import type { BlockInfo, Topology } from '@memhp/topology'
import { predictTarget } from '../predict/predict-target'
import { isGood, mayGo } from '../predict/prediction'
import { bestSubset } from './best-subset'
import { groupsThatGo, mostTogether, removableDevices } from './most-together'
import { type Target, targetOf } from './target'

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

/** How much is to go, and where from. */
interface Wanted {
  readonly sizeBytes: number
  readonly node?: number
  readonly zone?: string
}

/** The machine as if it had only the blocks that may be chosen, and the devices that have no others. */
function within(topology: Topology, { node, zone }: Wanted): Topology {
  if (node === undefined && zone === undefined) return topology
  const isOfNode = ({ nodes }: BlockInfo): boolean =>
    node === undefined || (nodes.length === 1 && nodes.some((id) => id === node))
  const isOfZone = ({ zones }: BlockInfo): boolean =>
    zone === undefined || (zones.kind === 'in' && zones.name.toLowerCase() === zone.toLowerCase())
  const blocks = topology.blocks.filter((block) => isOfNode(block) && isOfZone(block))
  const ids = new Set(blocks.map(({ id }) => id))
  const devices = topology.devices.filter((device) => device.blocks.every((id) => ids.has(id)))
  return { ...topology, blocks, devices }
}

/**
 * Chooses what goes best for a number of bytes. Whole devices come first: the set that overshoots least, then the one that
 * is surest and moves least. Where devices do not suffice, all of them and single blocks, the surest first, which can only be
 * taken offline.
 * @param wanted.sizeBytes at least that much; rounded up to whole blocks
 * @param wanted.node only blocks of it alone
 * @param wanted.zone only online blocks of it, in any case of letters
 * @throws HotplugError BAD_ARGUMENT, IMPOSSIBLE_GOAL
 */
export function chooseForSize(machine: Topology, wanted: Wanted): Target {
  const { sizeBytes } = wanted
  const topology = within(machine, wanted)
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
  const groups = groupsThatGo(topology, { devices, accept: mayGo })
  const enough: BlockInfo[] = []
  for (const group of groups) {
    if (enough.length >= units) break
    enough.push(...group)
  }
  if (enough.length < units || !mayGo(predictTarget(topology, enough).prediction)) {
    const most = mostTogether(topology, { groups, accept: mayGo })
    throw impossible(topology, { sizeBytes, most })
  }
  return targetOf(enough, topology.devices)
}

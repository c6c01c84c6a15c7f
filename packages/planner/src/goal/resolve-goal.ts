import { HotplugError } from '@memhp/core'
import { formatExactSize, formatHex } from '@memhp/kernel-files'
import {
  type BlockInfo,
  type DeviceInfo,
  type Dialects,
  devicesCalled,
  driverManagedMemory,
  type Topology,
} from '@memhp/topology'
import { chooseForSize } from './choose-for-size'
import type { RemovalGoal } from './goal'
import { type Target, targetOf } from './target'

/** Most names that a refusal lists. */
const MOST_NAMES = 8

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const rest = names.length - MOST_NAMES
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

function devicesNamed(
  topology: Topology,
  word: string,
  dialects?: Dialects,
): readonly DeviceInfo[] {
  const devices = devicesCalled(topology.devices, word, dialects)
  const filled = topology.devices.filter(({ blocks }) => blocks.length > 0)
  const there = listed(filled.map(({ name }) => name))
  if (devices.length === 0) {
    throw new HotplugError(
      'NO_SUCH_DEVICE',
      'ENODEV',
      `There is no memory device ${JSON.stringify(word)}. Devices with memory: ${there}.`,
      { detail: { device: word } },
    )
  }
  return devices.map((device) => checkDevice(device, there))
}

/** @param there names of the devices that hold memory */
function checkDevice(device: DeviceInfo, there: string): DeviceInfo {
  const { name } = device
  if (device.blocks.length === 0) {
    throw new HotplugError(
      'DEVICE_EMPTY',
      'ENODEV',
      `${name} holds no memory. Devices with memory: ${there}.`,
      { detail: { device: name } },
    )
  }
  if (device.ejectable !== false) return device
  throw new HotplugError(
    'DEVICE_NOT_EJECTABLE',
    'ENODEV',
    `${name} cannot be removed: the kernel has no file that asks for it. Its blocks can be taken offline by number.`,
    { detail: { device: name, blocks: device.blocks } },
  )
}

function blocksNumbered(topology: Topology, ids: readonly number[]): readonly BlockInfo[] {
  if (ids.length === 0) {
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The goal names no memory block.')
  }
  const known = new Map(topology.blocks.map((block) => [block.id as number, block]))
  const missing = ids.filter((id) => !known.has(id))
  if (missing.length > 0) {
    const [first, last] = [topology.blocks[0]?.id, topology.blocks.at(-1)?.id]
    throw new HotplugError(
      'NO_SUCH_BLOCK',
      'ENOENT',
      `There is no ${listed(missing.map((id) => `memory${id}`))}. Blocks are numbered from ${first} to ${last}.`,
      { detail: { blocks: missing } },
    )
  }
  return [...new Set(ids)].flatMap((id) => known.get(id) ?? [])
}

function blocksOfNode(topology: Topology, id: number): readonly BlockInfo[] {
  const node = topology.nodes.find((candidate) => candidate.id === id)
  const blocks = topology.blocks.filter((block) => block.nodes.some((other) => other === id))
  if (node !== undefined && blocks.length > 0) return blocks
  const there = listed(
    topology.nodes.filter((other) => other.blocks.length > 0).map((other) => `${other.id}`),
  )
  throw new HotplugError(
    'NO_SUCH_NODE',
    'EINVAL',
    `${node === undefined ? `There is no node ${id}` : `Node ${id} has no memory`}. Nodes with memory: ${there}.`,
    { detail: { node: id } },
  )
}

/** Blocks whose memory a driver added for a device, as `/proc/iomem` names it: only the driver can remove them. */
const blocksOwnedBy = (topology: Topology, word: string): readonly BlockInfo[] =>
  topology.blocks.filter((block) => driverManagedMemory(topology, block)?.device === word)

function devicesTarget(
  topology: Topology,
  words: readonly string[],
  dialects: Dialects | undefined,
): Target {
  if (words.length === 0)
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The goal names no device.')
  const owned: BlockInfo[] = []
  const named = new Set<DeviceInfo>()
  for (const word of words) {
    const blocks =
      devicesCalled(topology.devices, word, dialects).length === 0
        ? blocksOwnedBy(topology, word)
        : []
    owned.push(...blocks)
    if (blocks.length > 0) continue
    for (const device of devicesNamed(topology, word, dialects)) named.add(device)
  }
  const devices = [...named]
  const ids = [...devices.flatMap(({ blocks }) => blocks), ...owned.map(({ id }) => id)]
  return targetOf(blocksNumbered(topology, ids), devices)
}

/** The blocks of a range, which has to begin and end with one. */
function blocksInRange(
  topology: Topology,
  { start, end }: { readonly start: number; readonly end: number },
): readonly BlockInfo[] {
  const { blockBytes } = topology
  if (start >= end)
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `The range begins at ${formatHex(start)} and ends at ${formatHex(end)}: nothing is in it.`,
      { detail: { start, end } },
    )
  const [first, last] = [Math.floor(start / blockBytes), Math.ceil(end / blockBytes)]
  const whole = `${formatHex(first * blockBytes)}-${formatHex(last * blockBytes - 1)}`
  if (first * blockBytes !== start || last * blockBytes !== end) {
    const message = `Memory goes in blocks of ${formatExactSize(blockBytes)}: the range around that is ${whole}.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { start, end } })
  }
  const blocks = topology.blocks.filter(({ id }) => id >= first && id < last)
  if (blocks.length > 0) return blocks
  throw new HotplugError('NO_SUCH_BLOCK', 'ENOENT', `There is no memory block in ${whole}.`, {
    detail: { start, end },
  })
}

/** Refuses a reading that a program without types took for a whole one. */
function checkWhole(topology: object): void {
  if ('devices' in topology) return
  const text =
    'A topology without devices, as `host` of a twin, is of no use here: readTopology of @memhp/topology reads the whole.'
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text)
}

/**
 * Finds the blocks and devices that a goal means on a machine.
 * @throws HotplugError NO_SUCH_DEVICE, DEVICE_EMPTY, DEVICE_NOT_EJECTABLE, NO_SUCH_BLOCK, NO_SUCH_NODE,
 *   BAD_ARGUMENT, IMPOSSIBLE_GOAL (detail: what is the most that can go)
 */
export function resolveGoal(topology: Topology, goal: RemovalGoal, dialects?: Dialects): Target {
  checkWhole(topology)
  switch (goal.kind) {
    case 'device':
      return devicesTarget(topology, goal.devices, dialects)
    case 'blocks':
      return targetOf(blocksNumbered(topology, goal.blocks), topology.devices)
    case 'node':
      return targetOf(blocksOfNode(topology, goal.node), topology.devices)
    case 'range':
      return targetOf(blocksInRange(topology, goal), topology.devices)
    case 'size':
      if (goal.node !== undefined) blocksOfNode(topology, goal.node)
      return chooseForSize(topology, goal)
  }
}

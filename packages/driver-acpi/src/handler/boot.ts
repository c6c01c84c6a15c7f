import { type BlockId, blockId, invariant, type Machine, type NodeId, nodeId } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { joinGroup, refuseDescription } from '@memhp/core/plugin'
import type { AcpiLayout, CrsRange, DeviceLayout } from '../config/layout'
import { type AcpiDevice, DRIVER, deviceInSlot } from '../state'
import { bindOnly } from './attach'
import { bindBlocks, blocksIn } from './binding'
import { groupFor } from './group'
import { unlistEmptySlots } from './listing'
import { scanDevice } from './notify'
import { asDeviceRange, mergeRanges, nodeOfDomain, pagesOf } from './ranges'

/**
 * Boot: every device in turn is scanned, as the kernel's boot scan does, or taken as it was captured.
 * @throws HotplugError BAD_DESCRIPTION for captured blocks that are not there
 */
export function bootDevices(machine: Machine, layout: AcpiLayout): void {
  unlistEmptySlots(machine)
  for (const described of layout.devices) {
    const device = deviceInSlot(machine, described.slot)
    if (described.bound === null) bootDevice(machine, device)
    else adopt(machine, device, { place: described.place, blocks: described.bound.map(blockId) })
  }
}

function bootDevice(machine: Machine, device: AcpiDevice): void {
  if (machine.generation.rules.device.atBoot === 'added') scanDevice(machine, device)
  else if (device.isListed) bindOnly(machine, device)
}

interface Found {
  readonly place: DeviceLayout['place']
  readonly blocks: readonly BlockId[]
}

/** Takes a device as it was found: bound to blocks that boot made, without a word to anybody. */
function adopt(machine: Machine, device: AcpiDevice, { place, blocks }: Found): void {
  for (const block of blocks) {
    if (findBlock(machine, block) !== undefined) continue
    refuseDescription(`${place}.bound`, `memory${block} is not among the blocks.`)
  }
  if (blocks.length === 0) return
  if (device.slot.ranges.length === 0) device.slot.ranges = runsOf(machine, blocks)
  if (!bindBlocks(machine, device, blocks)) {
    refuseDescription(`${place}.bound`, 'a block belongs to another device.')
  }
  const ranges = mergeRanges(device.slot.ranges)
  const node = nodeOfBlocks(machine, device, blocks)
  const pages = pagesOf(machine, ranges)
  const groupId = groupFor(machine, { nodeId: node, pages })
  const bound = new Set(blocks)
  device.memory = {
    name: device.name,
    driver: DRIVER,
    nodeId: node,
    ranges: ranges.map((range) => ({
      ...asDeviceRange(range),
      enabled: blocksIn(machine, range).some((block) => bound.has(block)),
    })),
    groupId,
  }
  device.enumerated = true
  if (groupId !== null) joinGroup(machine, { groupId, blocks })
}

/** The node of a captured device: that of its _PXM, else the one that its blocks record. */
function nodeOfBlocks(machine: Machine, device: AcpiDevice, blocks: readonly BlockId[]): NodeId {
  const domain = device.slot.node
  const node = domain === null ? null : nodeOfDomain(machine, domain)
  if (node !== null) return nodeId(node)
  const [first] = blocks.flatMap((block) => findBlock(machine, block) ?? [])
  invariant(first !== undefined, `${device.name} has blocks, and they are there.`)
  return first.nodeId
}

/** Neighbouring blocks as ranges of bytes. */
function runsOf(machine: Machine, blocks: readonly BlockId[]): CrsRange[] {
  const { blockBytes } = machine.geometry
  const attributes = { caching: 'cacheable', access: 'read-write' } as const
  const pieces = blocks
    .toSorted((a, b) => a - b)
    .map((id) => ({ start: id * blockBytes, end: (id + 1) * blockBytes, ...attributes }))
  return [...mergeRanges(pieces)]
}

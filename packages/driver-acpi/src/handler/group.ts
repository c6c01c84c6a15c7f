import {
  type BlockId,
  invariant,
  isHotplugError,
  type Machine,
  type MemoryDevice,
  type NodeId,
} from '@memhp/core'
import { isMovableZone } from '@memhp/core/inspect'
import { registerGroup, unregisterGroup } from '@memhp/core/plugin'

/**
 * Makes blocks that were there before their device members of its group. Boot memory belongs to no group.
 * Invariant: the group's counters agree with the blocks that are online.
 */
export function joinGroup(
  machine: Machine,
  membership: { readonly groupId: number; readonly blocks: readonly BlockId[] },
): void {
  const { groups, blocks, zones } = machine.state.memory
  const group = groups.get(membership.groupId)
  invariant(group !== undefined, 'The group was registered just now.')
  for (const id of membership.blocks) {
    const block = blocks.separated.get(id)
    invariant(block !== undefined, 'A bound block is a touched one.')
    if (block.early) continue
    block.groupId = group.id
    group.blocks.add(id)
    const zone = block.zone === null ? undefined : zones.get(block.zone)
    if (zone === undefined) continue
    if (isMovableZone(zone)) group.presentMovablePages += machine.geometry.pagesPerBlock
    else group.presentKernelPages += machine.geometry.pagesPerBlock
  }
}

/** The group of a device's memory; null where the kernel has no groups. @throws HotplugError as `registerGroup` */
export const groupFor = (
  machine: Machine,
  device: { readonly nodeId: NodeId; readonly pages: number },
): number | null =>
  machine.generation.rules.device.group === 'none'
    ? null
    : registerGroup(machine, { kind: 'static', ...device })

/** Gives the device's group up. A group that still has blocks stays, as in the kernel. */
export function leaveGroup(machine: Machine, memory: MemoryDevice): void {
  if (memory.groupId === null) return
  try {
    unregisterGroup(machine, memory.groupId)
  } catch (error) {
    if (!isHotplugError(error) || error.code !== 'GROUP_BUSY') throw error
  }
  memory.groupId = null
}

import type { BlockId, NodeId } from '../address/brand'
import { isPowerOfTwo } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { passPoint } from '../machine/faults'
import type { MemoryGroup } from '../model/block'
import type { Machine } from '../model/machine'
import { findNode } from '../node/node-table'
import { isMovableZone } from '../zone/zone-table'
import { writableBlock } from './block-table'

/**
 * Registers a memory group. @returns its number, 0 or above
 * @throws HotplugError NO_SUCH_NODE, BAD_ARGUMENT (EINVAL). Source: drivers/base/memory.c 6.1.
 * @beta
 */
export function registerGroup(
  machine: Machine,
  group: { readonly kind: MemoryGroup['kind']; readonly nodeId: NodeId; readonly pages: number },
): number {
  if (findNode(machine, group.nodeId) === undefined) {
    throw new HotplugError(
      'NO_SUCH_NODE',
      'EINVAL',
      `Node ${group.nodeId} is not possible on this machine.`,
    )
  }
  const unitOk = isPowerOfTwo(group.pages) && group.pages >= machine.geometry.pagesPerBlock
  if (group.kind === 'static' ? group.pages <= 0 : !unitOk) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      'A static group needs pages; the unit of a dynamic one is a power of two of at least one block.',
      { detail: { pages: group.pages } },
    )
  }
  passPoint(machine, 'memory/group')
  const { memory } = machine.state
  const id = lowestFree(memory.groups)
  memory.groups.set(id, {
    id,
    ...group,
    blocks: new Set(),
    presentKernelPages: 0,
    presentMovablePages: 0,
  })
  return id
}

function lowestFree(groups: ReadonlyMap<number, MemoryGroup>): number {
  let id = 0
  while (groups.has(id)) id += 1
  return id
}

/**
 * The memory group of this id.
 * @throws HotplugError NO_SUCH_GROUP (EINVAL) where there is none
 * @beta
 */
export function groupOf(machine: Machine, id: number): MemoryGroup {
  const group = machine.state.memory.groups.get(id)
  if (group !== undefined) return group
  throw new HotplugError('NO_SUCH_GROUP', 'EINVAL', `There is no memory group ${id}.`, {
    detail: { group: id },
  })
}

/**
 * Ends a memory group.
 * @throws HotplugError NO_SUCH_GROUP (EINVAL), GROUP_BUSY (EBUSY) while blocks belong to it
 * @beta
 */
export function unregisterGroup(machine: Machine, id: number): void {
  const group = groupOf(machine, id)
  if (group.blocks.size > 0) {
    throw new HotplugError(
      'GROUP_BUSY',
      'EBUSY',
      `Memory group ${id} still has ${group.blocks.size} blocks.`,
      {
        detail: { group: id, blocks: [...group.blocks] },
      },
    )
  }
  machine.state.memory.groups.delete(id)
}

/**
 * Makes blocks that were there before their device members of its group. Boot memory belongs to no group.
 * Invariant: the group's counters agree with the blocks that are online.
 * @throws HotplugError NO_SUCH_GROUP (EINVAL), NO_SUCH_BLOCK (ENOENT)
 * @beta
 */
export function joinGroup(
  machine: Machine,
  membership: { readonly groupId: number; readonly blocks: readonly BlockId[] },
): void {
  const group = groupOf(machine, membership.groupId)
  for (const id of membership.blocks) {
    const block = writableBlock(machine, id)
    if (block.early) continue
    block.groupId = group.id
    group.blocks.add(id)
    const zone = block.zone === null ? undefined : machine.state.memory.zones.get(block.zone)
    if (zone === undefined) continue
    if (isMovableZone(zone)) group.presentMovablePages += machine.geometry.pagesPerBlock
    else group.presentKernelPages += machine.geometry.pagesPerBlock
  }
}

import { isHotplugError, type Machine, type MemoryDevice, type NodeId } from '@memhp/core'
import { registerGroup, unregisterGroup } from '@memhp/core/plugin'

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

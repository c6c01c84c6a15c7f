import { HotplugError, type Machine, nodeId } from '@memhp/core'
import { passPoint, registerGroup, say, unregisterGroup } from '@memhp/core/plugin'
import { DAX_LOG } from '../log'
import { bytesOf, type DaxDevice, type KmemRange } from '../state'
import { plugMemory } from './plug'
import { blockRangesOf } from './range'
import { sizeText } from './size-text'

/**
 * kmem takes a device: whole blocks of its memory are added, and come online as auto_online_blocks says.
 * @throws HotplugError DEVICE_EMPTY (EINVAL) where no whole block is in it, RESOURCE_BUSY (EBUSY), and as `registerGroup`,
 *   `addMemory`; nothing is changed then
 * Source: dev_dax_kmem_probe, drivers/dax/kmem.c 6.1; spec 6.5
 */
export function probeKmem(machine: Machine, device: DaxDevice): void {
  const ranges = wholeBlocks(machine, device)
  passPoint(machine, 'dax-kmem/data')
  const groupId = registerGroup(machine, {
    kind: 'static',
    nodeId: nodeId(device.node),
    pages: bytesOf(ranges) / machine.geometry.pageBytes,
  })
  try {
    const type = machine.state.memory.settings.autoOnline
    device.memory = { ranges, groupId, state: type }
    device.memory.ranges = plugMemory(machine, device, device.memory, type)
  } catch (error) {
    device.memory = null
    unregisterGroup(machine, groupId)
    throw error
  }
}

function wholeBlocks(machine: Machine, device: DaxDevice): readonly KmemRange[] {
  const { name } = device
  const ranges = blockRangesOf(machine, device)
  for (const [mapping, { start, end }] of device.ranges.entries()) {
    if (ranges.some((range) => range.mapping === mapping)) continue
    say(machine, 'daxTooSmall', { device: name, mapping, start, last: end - 1 }, DAX_LOG)
  }
  if (ranges.length === 0) {
    say(machine, 'daxEmpty', { device: name }, DAX_LOG)
    throw new HotplugError('DEVICE_EMPTY', 'EINVAL', `No whole memory block lies in ${name}.`, {
      detail: { device: name },
    })
  }
  const cut = bytesOf(device.ranges) - bytesOf(ranges)
  if (cut > 0) say(machine, 'daxTruncated', { device: name, cut: sizeText(cut) })
  return ranges
}

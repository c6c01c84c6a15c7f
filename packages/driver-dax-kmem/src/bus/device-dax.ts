import { HotplugError, isHotplugError, type Machine } from '@memhp/core'
import { dropRegion, failsAt, reserveRegion, say } from '@memhp/core/plugin'
import { deviceRange } from '../kmem/range'
import { DAX_LOG } from '../log'
import type { DaxDevice } from '../state'

/**
 * device_dax takes a device, for programs. Where its range is not free, the page map that was made for it stays, and each later
 * try ends at that.
 * @throws HotplugError RESOURCE_BUSY (EBUSY), BAD_ARGUMENT (EINVAL) after that
 * Source: dev_dax_probe, drivers/dax/device.c 6.1; guests of 6.1 and 7.3
 */
export function probeDeviceDax(machine: Machine, device: DaxDevice): void {
  const { name } = device
  if (device.keepsPageMap) {
    say(machine, 'daxMapKept', { device: name }, DAX_LOG)
    const text = `${name} has the page map of an earlier try still.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { device: name } })
  }
  const range = deviceRange(device)
  if (!failsAt(machine, 'dax-kmem/region') && reserve(machine, device)) return
  device.keepsPageMap = device.kind !== 'persistent'
  say(machine, 'daxRangeTaken', { device: name, start: range.start, last: range.end - 1 }, DAX_LOG)
  const text = `The memory of ${name} is in use in the resource tree.`
  throw new HotplugError('RESOURCE_BUSY', 'EBUSY', text, { detail: { device: name, ...range } })
}

function reserve(machine: Machine, device: DaxDevice): boolean {
  const { name } = device
  try {
    const region = { name, range: deviceRange(device), busy: true }
    reserveRegion(machine.state.memory.resources, region)
    return true
  } catch (error) {
    if (isHotplugError(error)) return false
    throw error
  }
}

/** device_dax lets a device go. */
export const releaseDeviceDax = (machine: Machine, device: DaxDevice): void =>
  void dropRegion(machine.state.memory.resources, { name: device.name, range: deviceRange(device) })

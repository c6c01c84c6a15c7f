import type { Machine } from '@memhp/core'
import { bindDevice, unbindDevice, unplugAll } from './bind'
import { announceDriver } from './bus'
import type { VirtioMemLayout } from './config'
import type { VirtioMemDevice } from './state'
import { RESIZE } from './worker'

/**
 * The bus gives the driver a device, which begins to bring it to the size that is asked for.
 * @throws HotplugError as `bindDevice`
 */
export function probeDevice(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
): void {
  bindDevice(machine, device)
  unplugAll(machine, device)
  announceDriver(machine, layout, { device, action: 'bind' })
  RESIZE.queue(machine, device.id)
}

/** The bus takes a device from the driver, if that has it. */
export function releaseDevice(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
): void {
  if (device.bound === null) return
  unbindDevice(machine, device)
  announceDriver(machine, layout, { device, action: 'unbind' })
}

import { HotplugError, type Machine, refusalOf } from '@memhp/core'
import { type Directory, directoryOf, emitUevent, writeOnly } from '@memhp/core/plugin'
import { parseConfig, type VirtioMemLayout } from './config'
import { probeDevice, releaseDevice } from './probe'
import { DRIVER, DRIVER_NAME, type VirtioMemDevice, virtioMemState } from './state'

/** Whether a kernel has the driver. */
export const hasDriver = ({ generation }: Machine): boolean =>
  generation.rules.resizable.unit !== 'none'

/** Where the bus has its drivers. */
export const DRIVERS_DIRECTORY = '/sys/bus/virtio/drivers'

/** `DRIVERS_DIRECTORY`: the driver's directory while it is loaded. Source: drivers/base/bus.c 6.1 */
export function driversDirectory(machine: Machine, layout: VirtioMemLayout): Directory {
  const own = directoryOf({
    bind: writeOnly((text) => bindByName(machine, layout, text)),
    unbind: writeOnly((text) => unbindByName(machine, layout, text)),
  })
  const isThere = (): boolean => virtioMemState(machine).isLoaded
  return {
    kind: 'directory',
    names: () => (isThere() ? [DRIVER_NAME] : []),
    get: (name) => (isThere() && name === DRIVER_NAME ? own : undefined),
  }
}

/** A device by its name, one trailing newline tolerated. @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function named(machine: Machine, text: string): VirtioMemDevice {
  const name = text.replace(/\n$/, '')
  const device = virtioMemState(machine).devices.find((each) => each.name === name)
  if (device !== undefined) return device
  throw notBound(name, `There is no virtio device ${JSON.stringify(name)}.`)
}

const notBound = (name: string, text: string): HotplugError =>
  new HotplugError('NO_SUCH_DEVICE', 'ENODEV', text, { detail: { device: name } })

function bindByName(machine: Machine, layout: VirtioMemLayout, text: string): void {
  const device = named(machine, text)
  if (device.bound !== null) {
    const refusal = `${device.name} has its driver already.`
    throw new HotplugError('DEVICE_BOUND', 'EBUSY', refusal, { detail: { device: device.name } })
  }
  probeDevice(machine, layout, device)
}

function unbindByName(machine: Machine, layout: VirtioMemLayout, text: string): void {
  const device = named(machine, text)
  if (device.bound === null) throw notBound(device.name, `No driver has ${device.name}.`)
  releaseDevice(machine, layout, device)
}

const announceModule = (machine: Machine, action: 'add' | 'remove'): void => {
  const driver = `/bus/virtio/drivers/${DRIVER_NAME}`
  emitUevent(machine, action, { devpath: driver, subsystem: 'drivers' })
  emitUevent(machine, action, { devpath: `/module/${DRIVER_NAME}`, subsystem: 'module' })
}

const layoutOf = ({ description }: Machine): VirtioMemLayout =>
  parseConfig(description.drivers?.[DRIVER])

/**
 * The driver's module is taken out, as `rmmod virtio_mem` does: its devices are let go, the last first. What memory of them is
 * added stays, and its devices with it, for ever. Does nothing where the module is not there.
 */
export function unloadModule(machine: Machine): void {
  const state = virtioMemState(machine)
  if (!state.isLoaded) return
  const layout = layoutOf(machine)
  for (const device of state.devices.toReversed()) releaseDevice(machine, layout, device)
  state.isLoaded = false
  announceModule(machine, 'remove')
}

/**
 * The module is put in again, as `insmod` does, and takes what devices it can; of others the log tells. What is asked of them is
 * done as the machine settles. Does nothing where the module is there, or where the kernel has none.
 */
export function loadModule(machine: Machine): void {
  const state = virtioMemState(machine)
  if (state.isLoaded || !hasDriver(machine)) return
  const layout = layoutOf(machine)
  state.isLoaded = true
  for (const device of state.devices) refusalOf(() => probeDevice(machine, layout, device))
  announceModule(machine, 'add')
}

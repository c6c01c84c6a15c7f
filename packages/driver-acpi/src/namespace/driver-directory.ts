import { HotplugError, type Machine } from '@memhp/core'
import { type Directory, directoryOf, writeOnly } from '@memhp/core/plugin'
import { forsakeMemory } from '../handler/detach'
import { findDevice } from '../state'

/** /sys/bus/acpi/drivers of a kernel whose memory driver can be unbound. Source: drivers/base/bus.c 3.6. */
export const driversDirectory = (machine: Machine): Directory =>
  directoryOf({
    acpi_memhotplug: directoryOf({
      unbind: writeOnly((text) => unbindDevice(machine, text.trimEnd())),
    }),
  })

/**
 * Takes the driver off a device. Its memory stays where it is, and is the device's no longer.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV) for a name that the driver has not bound
 */
function unbindDevice(machine: Machine, name: string): void {
  const device = findDevice(machine, name)
  if (device === undefined || device.memory === null) {
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `acpi_memhotplug has not bound ${name}.`, {
      detail: { device: name },
    })
  }
  forsakeMemory(machine, device)
  device.power = null
}

import { HotplugError, invariant, type Machine } from '@memhp/core'
import { type Driver, type DriverDefinition, defineDriver } from '@memhp/core/plugin'
import type { AcpiConfig } from './config/acpi-config'
import type { AcpiLayout } from './config/layout'
import { parseConfig } from './config/parse'
import { bootDevices } from './handler/boot'
import { HOTPLUG_WORK, queueHotplug, runHotplug } from './handler/notify'
import { NOTIFY } from './handler/outcome'
import { checkDevices } from './invariants'
import { acpiDirectories } from './namespace/directories'
import { fillSlot, pluggedDevices } from './platform/slots'
import { acpiState, DRIVER, initialState } from './state'

/**
 * ACPI memory devices (PNP0C80) of Linux 6.1, with the firmware and hypervisor half of QEMU's pc-dimm.
 * Its part of a machine description is an `AcpiConfig`. Source: ACPI 6.4, 9.12 and 6.3; drivers/acpi 6.1.
 */
export const acpiDriver: DriverDefinition<AcpiLayout, AcpiConfig, 'acpi'> = defineDriver({
  name: DRIVER,
  contract: 1,
  summary: 'ACPI memory devices (PNP0C80), as a QEMU guest and many servers have them.',
  parseConfig,
  initialState,
  create: createDriver,
})

function createDriver(layout: AcpiLayout): Driver {
  return {
    name: DRIVER,
    boot: (machine) => bootDevices(machine, layout),
    plug(machine, request) {
      const device = fillSlot(machine, request)
      queueHotplug(machine, device, NOTIFY.deviceCheck)
      const plugged = pluggedDevices(machine).find(({ id }) => id === request.id)
      invariant(plugged !== undefined, 'What was plugged is there.')
      return plugged
    },
    requestUnplug,
    plugged: pluggedDevices,
    devices: (machine) => acpiState(machine).devices.flatMap(({ memory }) => memory ?? []),
    work(machine, name, argument) {
      invariant(name === HOTPLUG_WORK, `The ACPI driver queues no work called "${name}".`)
      runHotplug(machine, argument)
    },
    directories: (machine) => acpiDirectories(machine, layout),
    check: checkDevices,
  }
}

/** What QEMU's `device_del` does. @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function requestUnplug(machine: Machine, id: string): void {
  const device = acpiState(machine).devices.find(({ slot }) => slot.id === id)
  if (device === undefined) {
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `The platform holds no "${id}".`, {
      detail: { id },
    })
  }
  queueHotplug(machine, device, NOTIFY.ejectRequest)
}

import { type DriverDefinition, dispatchWork, type FirmwareDriver } from '@memhp/core/plugin'
import type { AcpiConfig } from './config/acpi-config'
import type { AcpiLayout } from './config/layout'
import { parseConfig } from './config/parse'
import { ACPI_READING } from './dialect/reading'
import { bootDevices } from './handler/boot'
import { HOTPLUG, runHotplug } from './handler/notify'
import { acpiDirectories } from './namespace/directories'
import { acpiPlatform, fillSlots } from './platform/slots'
import { ACPI, acpiState, DRIVER, initialState } from './state'

/**
 * ACPI memory devices (PNP0C80) of Linux 6.1, with the firmware and hypervisor half of QEMU's pc-dimm.
 * Its part of a machine description is an `AcpiConfig`. Its state is checked by `checkAcpiDevices`, which comes apart (`checkedDriver`). Source: ACPI 6.4, 9.12 and 6.3; drivers/acpi 6.1.
 */
export const acpiDriver: DriverDefinition<AcpiLayout, AcpiConfig, 'acpi'> = {
  name: DRIVER,
  contract: 1,
  summary: 'ACPI memory devices (PNP0C80), as a QEMU guest and many servers have them.',
  parseConfig,
  slot: ACPI,
  initialState,
  create: createDriver,
  reading: ACPI_READING,
}

function createDriver(layout: AcpiLayout): FirmwareDriver {
  return {
    name: DRIVER,
    boot(machine) {
      bootDevices(machine, layout)
      fillSlots(machine, layout)
    },
    platform: acpiPlatform,
    devices: (machine) => acpiState(machine).devices.flatMap(({ memory }) => memory ?? []),
    work: dispatchWork(HOTPLUG.handledBy(runHotplug)),
    directories: acpiDirectories,
  }
}

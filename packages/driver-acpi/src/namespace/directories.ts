import type { Machine } from '@memhp/core'
import { type Directory, directoryOf, linkTo } from '@memhp/core/plugin'
import type { AcpiLayout } from '../config/layout'
import { deviceDirectory } from './device-directory'
import { hotplugDirectory } from './hotplug-directory'

/** All directories of the driver, by absolute path. */
export function acpiDirectories(
  machine: Machine,
  layout: AcpiLayout,
): Readonly<Record<string, Directory>> {
  const links = layout.devices.map(({ name, parent }) => {
    return [name, linkTo(`../../../devices/${parent}/${name}`)] as const
  })
  const devices = layout.devices.map(
    ({ name, parent }) =>
      [`/sys/devices/${parent}/${name}`, deviceDirectory(machine, name)] as const,
  )
  return {
    '/sys/bus/acpi/devices': directoryOf(Object.fromEntries(links)),
    '/sys/firmware/acpi/hotplug': hotplugDirectory(machine),
    ...Object.fromEntries(devices),
  }
}

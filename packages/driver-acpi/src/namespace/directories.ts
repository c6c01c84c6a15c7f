import type { Machine } from '@memhp/core'
import { type Directory, linkTo } from '@memhp/core/plugin'
import { type AcpiDevice, acpiState, devpathOf, findDevice, parentOf } from '../state'
import { deviceDirectory } from './device-directory'
import { driversDirectory } from './driver-directory'
import { hotplugDirectory } from './hotplug-directory'

/** All directories of the driver, by absolute path. */
export function acpiDirectories(machine: Machine): Readonly<Record<string, Directory>> {
  const parents = new Set(acpiState(machine).devices.map((device) => parentOf(machine, device)))
  const below = Array.from(parents, (parent) => {
    return [`/sys/devices/${parent}`, devicesOf(machine, parent)] as const
  })
  return {
    '/sys/bus/acpi/devices': links(machine),
    ...(machine.generation.rules.device.boundBy === 'driver'
      ? { '/sys/bus/acpi/drivers': driversDirectory(machine) }
      : {}),
    '/sys/firmware/acpi/hotplug': hotplugDirectory(machine),
    ...Object.fromEntries(below),
  }
}

const namesOf = (machine: Machine, belongs: (device: AcpiDevice) => boolean): readonly string[] =>
  acpiState(machine)
    .devices.filter((device) => device.isListed && belongs(device))
    .map(({ name }) => name)

/** /sys/bus/acpi/devices: a link to each device that there is. */
const links = (machine: Machine): Directory => ({
  kind: 'directory',
  names: () => namesOf(machine, () => true),
  get: (name) => {
    const device = findDevice(machine, name)
    return device && linkTo(`../../..${devpathOf(machine, device)}`)
  },
})

/** The devices below one parent. */
function devicesOf(machine: Machine, parent: string): Directory {
  const isBelow = (device: AcpiDevice): boolean => parentOf(machine, device) === parent
  return {
    kind: 'directory',
    names: () => namesOf(machine, isBelow),
    get: (name) => {
      const device = findDevice(machine, name)
      if (device === undefined || !isBelow(device)) return undefined
      return deviceDirectory(machine, name)
    },
  }
}

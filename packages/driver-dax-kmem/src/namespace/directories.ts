import type { Machine } from '@memhp/core'
import {
  type Directory,
  directoryOf,
  emitUevent,
  linkTo,
  readOnly,
  type TreeNode,
  writeOnly,
} from '@memhp/core/plugin'
import { DAX_DRIVERS, storeBind, storeNewId, storeRemoveId, storeUnbind } from '../bus/bus'
import type { DaxDriverName } from '../config'
import { type DaxDevice, daxState, devpathOf, findDevice, parentOf, regionId } from '../state'
import { deviceFiles, deviceNamed, deviceNumber } from './device-files'

/** All directories of the driver, by absolute path; none where the kernel has no such devices. */
export function daxDirectories(machine: Machine): Readonly<Record<string, Directory>> {
  if (machine.generation.rules.dax.softReserved === 'ignored') return {}
  const below = daxState(machine).devices.flatMap((device) => [
    [`/sys${devpathOf(machine, device)}`, deviceDirectory(machine, device.name)] as const,
    [`/sys${parentOf(machine, device)}/dax_region`, regionDirectory(machine, device.name)] as const,
  ])
  return {
    '/sys/bus/dax/devices': links(machine, '../../..', () => true),
    '/sys/dev/char': numbers(machine),
    ...Object.fromEntries(
      DAX_DRIVERS.map((driver) => [
        `/sys/bus/dax/drivers/${driver}`,
        driverDirectory(machine, driver),
      ]),
    ),
    ...Object.fromEntries(below),
  }
}

/** A link to each device of some kind. @param root text that leads from there to /sys */
const links = (
  machine: Machine,
  root: string,
  belongs: (device: DaxDevice) => boolean,
): Directory => ({
  kind: 'directory',
  names: () => daxState(machine).devices.flatMap((each) => (belongs(each) ? each.name : [])),
  get: (name) => {
    const device = findDevice(machine, name)
    if (device === undefined || !belongs(device)) return undefined
    return linkTo(root + devpathOf(machine, device))
  },
})

/** A link to each device by the number of its character device. */
const numbers = (machine: Machine): Directory => {
  const devices = (): readonly DaxDevice[] => daxState(machine).devices
  return {
    kind: 'directory',
    names: () => devices().map(deviceNumber),
    get: (number) => {
      const device = devices().find((each) => deviceNumber(each) === number)
      return device === undefined ? undefined : linkTo(`../..${devpathOf(machine, device)}`)
    },
  }
}

/** Files of a driver, and links to what is bound to it. Source: drivers/base/bus.c, drivers/dax/bus.c 6.1 */
function driverDirectory(machine: Machine, driver: DaxDriverName): Directory {
  const files = directoryOf({
    bind: writeOnly((text) => storeBind(machine, driver, text)),
    new_id: writeOnly((text) => storeNewId(machine, driver, text)),
    remove_id: writeOnly((text) => storeRemoveId(machine, driver, text)),
    uevent: writeOnly(() =>
      emitUevent(machine, 'change', {
        devpath: `/bus/dax/drivers/${driver}`,
        subsystem: 'drivers',
      }),
    ),
    unbind: writeOnly((text) => storeUnbind(machine, driver, text)),
  })
  const bound = links(machine, '../../../..', (device) => device.driver === driver)
  return {
    kind: 'directory',
    names: () => [...files.names(), ...bound.names()],
    get: (name) => files.get(name) ?? bound.get(name),
  }
}

function deviceDirectory(machine: Machine, name: string): Directory {
  const device = (): DaxDevice | undefined => findDevice(machine, name)
  const up = (of: DaxDevice): string => '../'.repeat(devpathOf(machine, of).split('/').length - 1)
  const entries = (of: DaxDevice): Readonly<Record<string, TreeNode>> => ({
    ...deviceFiles(machine, of),
    ...(of.driver === null ? {} : { driver: linkTo(`${up(of)}bus/dax/drivers/${of.driver}`) }),
    ...(of.sizeBytes === 0 ? {} : { mapping0: mappingDirectory(machine, name) }),
    subsystem: linkTo(`${up(of)}bus/dax`),
  })
  return {
    kind: 'directory',
    names: () => {
      const now = device()
      return now === undefined ? [] : Object.keys(entries(now))
    },
    get: (entry) => {
      const now = device()
      if (now === undefined) return undefined
      const all = entries(now)
      return Object.hasOwn(all, entry) ? all[entry] : undefined
    },
  }
}

/** The one range of a device. */
const mappingDirectory = (machine: Machine, name: string): Directory => {
  const now = (): DaxDevice => deviceNamed(machine, name)
  const hex = (show: () => number): TreeNode => readOnly(() => `0x${show().toString(16)}\n`)
  return directoryOf({
    end: hex(() => now().start + now().sizeBytes - 1),
    page_offset: hex(() => 0),
    start: hex(() => now().start),
  })
}

/** What a region has, and how much of it no device does. */
const regionDirectory = (machine: Machine, name: string): Directory => {
  const now = (): DaxDevice => deviceNamed(machine, name)
  const number = (show: () => number): TreeNode => readOnly(() => `${show()}\n`)
  return directoryOf({
    align: number(() => 2 ** 21),
    available_size: number(() => now().regionBytes - now().sizeBytes),
    id: number(() => regionId(now().name)),
    size: number(() => now().regionBytes),
  })
}

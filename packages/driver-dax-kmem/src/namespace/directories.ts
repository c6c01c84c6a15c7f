import type { Machine, Range } from '@memhp/core'
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
import {
  bytesOf,
  type DaxDevice,
  daxState,
  devicesOf,
  devpathOf,
  findDevice,
  parentOf,
} from '../state'
import { deviceFiles, deviceNamed, deviceNumber } from './device-files'
import { regionDirectory } from './region-files'

/** All directories of the driver, by absolute path; none where the kernel has no such devices. */
export function daxDirectories(machine: Machine): Readonly<Record<string, Directory>> {
  if (machine.generation.rules.dax.softReserved === 'ignored') return {}
  const below = daxState(machine).regions.map(
    (region) => [`/sys${parentOf(machine, region)}`, parentDirectory(machine, region.id)] as const,
  )
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

/** The parent of a region's devices. */
function parentDirectory(machine: Machine, id: number): Directory {
  const region = regionDirectory(machine, id)
  const names = (): readonly string[] => devicesOf(machine, { id }).map(({ name }) => name)
  return {
    kind: 'directory',
    names: () => [...names(), 'dax_region'],
    get: (name) => {
      if (name === 'dax_region') return region
      return names().includes(name) ? deviceDirectory(machine, name) : undefined
    },
  }
}

function deviceDirectory(machine: Machine, name: string): Directory {
  const device = (): DaxDevice | undefined => findDevice(machine, name)
  const up = (of: DaxDevice): string => '../'.repeat(devpathOf(machine, of).split('/').length - 1)
  const entries = (of: DaxDevice): Readonly<Record<string, TreeNode>> => ({
    ...deviceFiles(machine, of),
    ...(of.driver === null ? {} : { driver: linkTo(`${up(of)}bus/dax/drivers/${of.driver}`) }),
    ...Object.fromEntries(
      of.ranges.map((_, i) => [`mapping${i}`, mappingDirectory(machine, name, i)] as const),
    ),
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

/** A range of a device. Programs see them behind each other: `page_offset` is the first page of it there. */
const mappingDirectory = (machine: Machine, name: string, mapping: number): Directory => {
  const ranges = (): readonly Range[] => deviceNamed(machine, name).ranges
  const now = (): Range => ranges()[mapping] ?? { start: 0, end: 0 }
  const hex = (show: () => number): TreeNode => readOnly(() => `0x${show().toString(16)}\n`)
  return directoryOf({
    end: hex(() => now().end - 1),
    page_offset: hex(() => bytesOf(ranges().slice(0, mapping)) / machine.geometry.pageBytes),
    start: hex(() => now().start),
  })
}

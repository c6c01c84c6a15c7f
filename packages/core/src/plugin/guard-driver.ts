import { operate } from '../machine/operation'
import type { FirmwareDriver, Platform, ResizablePlatform } from '../model/driver'
import type { Machine } from '../model/machine'

/** What a platform is asked for is an operation of the machine. */
const guardPlatform = (platform: Platform): Platform => ({
  plug: (machine, request) => operate(machine, 'plug', () => platform.plug(machine, request)),
  requestUnplug: (machine, id) =>
    operate(machine, 'unplug', () => platform.requestUnplug(machine, id)),
  plugged: (machine) => platform.plugged(machine),
})

const guardResizable = (platform: ResizablePlatform): ResizablePlatform => ({
  plug: (machine, request) => operate(machine, 'plug', () => platform.plug(machine, request)),
  resize: (machine, request) => operate(machine, 'resize', () => platform.resize(machine, request)),
  requestUnplug: (machine, id) =>
    operate(machine, 'unplug', () => platform.requestUnplug(machine, id)),
  plugged: (machine) => platform.plugged(machine),
})

/** The driver as a machine has it: its platform plugs and asks back as operations, which observers are told of. */
export function guardDriver(driver: FirmwareDriver): FirmwareDriver {
  const { name, platform, directories, withholdPages, physDevice, check } = driver
  const { refuseStorage, resizable, timers, expireTimers } = driver
  return {
    name,
    platform: platform && guardPlatform(platform),
    boot: (machine) => driver.boot(machine),
    devices: (machine) => driver.devices(machine),
    work: (machine, work, argument) => driver.work(machine, work, argument),
    ...(directories && { directories: directories.bind(driver) }),
    ...(withholdPages && { withholdPages: withholdPages.bind(driver) }),
    ...(physDevice && { physDevice: physDevice.bind(driver) }),
    ...(resizable && { resizable: guardResizable(resizable) }),
    ...(timers && { timers: timers.bind(driver) }),
    ...(expireTimers && {
      expireTimers: (machine: Machine, names?: readonly string[]) =>
        operate(machine, 'expire timers', () => expireTimers.call(driver, machine, names)),
    }),
    ...(refuseStorage && { refuseStorage: refuseStorage.bind(driver) }),
    ...(check && { check: check.bind(driver) }),
  }
}

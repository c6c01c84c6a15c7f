import { physAddr } from '../address/brand'
import type { Range } from '../address/range'
import { alignUp } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { operate } from '../machine/operation'
import type {
  DriverTimer,
  FirmwareDriver,
  Platform,
  PluggedDevice,
  ResizableDevice,
  ResizablePlatform,
} from '../model/driver'
import type { Machine } from '../model/machine'
import { platformAsOperations, resizableAsOperations } from './as-operations'

/**
 * A firmware driver of a machine.
 * @param name the key in `drivers` of the description; may be left out where that names one driver only
 * @throws HotplugError UNKNOWN_PLUGIN (ENODEV) that says which drivers the description names, or why it names none
 * @public
 */
export function driverOf(machine: Machine, name?: string): FirmwareDriver {
  const found = machine.drivers.filter((driver) => name === undefined || driver.name === name)
  const [driver] = found
  if (driver !== undefined && found.length === 1) return driver
  if (machine.drivers.length === 0) throw noDrivers(machine, name)
  const asked = name === undefined ? 'the only driver' : `the driver ${JSON.stringify(name)}`
  const named = machine.drivers.map((each) => each.name).join(', ') || 'none'
  const text = `The machine was asked for ${asked}. Its description names: ${named}.`
  throw new HotplugError('UNKNOWN_PLUGIN', 'ENODEV', text, { detail: { driver: name ?? null } })
}

/** That no firmware brings memory to a machine; and why nothing else does, where its kernel cannot add memory at all. */
function noDrivers(machine: Machine, name: string | undefined): HotplugError {
  const { arch, description, geometry } = machine
  const start = alignUp(Math.max(...description.ram.map(({ end }) => end)), geometry.blockBytes)
  const beyond = { start: physAddr(start), end: physAddr(start + geometry.blockBytes) }
  const answer = arch.canAdd(machine, beyond)
  const why = answer.kind === 'allowed' ? '' : ` ${arch.name} cannot add memory: ${answer.reason}`
  const text = `Nothing can be plugged into this machine: its description names no firmware driver.${why}`
  return new HotplugError('UNKNOWN_PLUGIN', 'ENODEV', text, { detail: { driver: name ?? null } })
}

/**
 * The platform behind a firmware driver of a machine: what plugs memory devices and asks for them back. Each is an operation of the
 * machine, which observers are told of.
 * @param name as in `driverOf`; may be left out where only one has a platform
 * @throws HotplugError UNKNOWN_PLUGIN (ENODEV) that says which drivers the description names, or that the driver has none
 * @public
 */
export function platformOf(machine: Machine, name?: string): Platform {
  const having = machine.drivers.filter(({ platform }) => platform !== null)
  const driver = driverOf(machine, name ?? (having.length === 1 ? having[0]?.name : undefined))
  if (driver.platform !== null) return platformAsOperations(driver.platform)
  const text = `Driver ${driver.name} has no platform: its memory is there from boot, and no device is plugged.`
  throw new HotplugError('UNKNOWN_PLUGIN', 'ENODEV', text, { detail: { driver: driver.name } })
}

/**
 * What asks devices of a machine for more or less memory while they are plugged.
 * @param name as in `driverOf`; may be left out where only one driver does so
 * @throws HotplugError UNKNOWN_PLUGIN (ENODEV) that says which drivers the description names, or that the driver does not
 * @public
 */
export function resizableOf(machine: Machine, name?: string): ResizablePlatform {
  const having = machine.drivers.filter(({ resizable }) => resizable !== undefined)
  const driver = driverOf(machine, name ?? (having.length === 1 ? having[0]?.name : undefined))
  if (driver.resizable !== undefined) return resizableAsOperations(driver.resizable)
  const text = `Devices of driver ${driver.name} keep their size while they are plugged.`
  throw new HotplugError('UNKNOWN_PLUGIN', 'ENODEV', text, { detail: { driver: driver.name } })
}

/** Memory devices of changing size that the platforms of a machine hold, driver by driver. @public */
export const resizableDevices = (machine: Machine): readonly ResizableDevice[] =>
  machine.drivers.flatMap(({ resizable }) => resizable?.plugged(machine) ?? [])

/** The timers of drivers that run. @public */
export const timersOf = (machine: Machine): readonly DriverTimer[] =>
  machine.drivers.flatMap((driver) => driver.timers?.(machine) ?? [])

/**
 * Timers of drivers run out, and what failed before is tried again as the machine settles.
 * @param names which; default: all
 * @returns whether one was running
 * @public
 */
export const expireTimers = (machine: Machine, names?: readonly string[]): boolean =>
  machine.drivers
    .map((driver) =>
      operate(machine, 'expire timers', () => driver.expireTimers?.(machine, names) === true),
    )
    .includes(true)

/** The physical address space that the memory devices of all platforms have. @beta */
export const deviceMemory = (machine: Machine): readonly Range[] => [
  ...pluggedDevices(machine).map(({ address, sizeBytes }) => ({
    start: address,
    end: address + sizeBytes,
  })),
  ...resizableDevices(machine).map(({ address, maxBytes }) => ({
    start: address,
    end: address + maxBytes,
  })),
]

/** What the platforms of a machine hold, driver by driver. @public */
export const pluggedDevices = (machine: Machine): readonly PluggedDevice[] =>
  machine.drivers.flatMap(({ platform }) => platform?.plugged(machine) ?? [])

import { ERRNO, HotplugError, type Machine, refusalOf } from '@memhp/core'
import { emitUevent, say } from '@memhp/core/plugin'
import type { DaxDriverName } from '../config'
import { probeKmem } from '../kmem/probe'
import { releaseKmem } from '../kmem/remove'
import { type DaxDevice, daxState, devpathOf, findDevice, regionOfDevice, sizeOf } from '../state'
import { probeDeviceDax, releaseDeviceDax } from './device-dax'

/** Drivers of the bus, in the order in which they are loaded. */
export const DAX_DRIVERS: readonly DaxDriverName[] = ['device_dax', 'kmem']

const PROBES = { device_dax: probeDeviceDax, kmem: probeKmem } as const
const RELEASES = { device_dax: releaseDeviceDax, kmem: releaseKmem } as const

/** The driver whose kind a device is. Source: dax_bus_match, drivers/dax/bus.c 6.1, and guests of 7.3.4 */
const kindOf = (machine: Machine, { kind }: DaxDevice): DaxDriverName =>
  kind === 'soft-reserved' && machine.generation.rules.dax.softReserved === 'system-ram'
    ? 'kmem'
    : 'device_dax'

const matches = (machine: Machine, driver: DaxDriverName, device: DaxDevice): boolean =>
  kindOf(machine, device) === driver || daxState(machine).ids[driver].includes(device.name)

/** A driver takes a device that has none. @throws HotplugError DEVICE_EMPTY (ENXIO) for one of no size, and as the driver's probe */
function probe(machine: Machine, driver: DaxDriverName, device: DaxDevice): void {
  const { name } = device
  if (sizeOf(device) === 0)
    throw new HotplugError('DEVICE_EMPTY', 'ENXIO', `${name} has no memory.`, {
      detail: { device: name },
    })
  const refusal = refusalOf(() => PROBES[driver](machine, device))
  if (refusal !== undefined) {
    say(machine, 'probeFailed', { driver, device: name, errno: -ERRNO[refusal.errno] })
    throw refusal
  }
  device.driver = driver
  const region = regionOfDevice(machine, device)
  if (region.seed === name) region.seed = null
  emitUevent(machine, 'bind', { devpath: devpathOf(machine, device), subsystem: 'dax' })
}

/**
 * A driver takes all devices that are for it and have none; a refusal is not told.
 * @param isAsked which devices; default: all
 * Source: driver_attach, drivers/base/dd.c 6.1
 */
export function attachAll(
  machine: Machine,
  driver: DaxDriverName,
  isAsked: (device: DaxDevice) => boolean = () => true,
): void {
  for (const device of daxState(machine).devices) {
    if (device.driver !== null || !matches(machine, driver, device) || !isAsked(device)) continue
    refusalOf(() => probe(machine, driver, device))
  }
}

/** A driver is told to take one device; a refusal is not told. */
export function takeByName(machine: Machine, driver: DaxDriverName, device: DaxDevice): void {
  addId(machine, driver, device.name)
  refusalOf(() => probe(machine, driver, device))
}

function addId(machine: Machine, driver: DaxDriverName, id: string): void {
  const ids = daxState(machine).ids[driver]
  if (!ids.includes(id)) ids.push(id)
}

const nameIn = (text: string): string => (text.endsWith('\n') ? text.slice(0, -1) : text)

const noSuchDevice = (driver: DaxDriverName, name: string, why: string): HotplugError =>
  new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `${driver}: ${JSON.stringify(name)} ${why}`, {
    detail: { driver, device: name },
  })

/**
 * A write to a driver's `bind`.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV) where the device is not there, or not for this driver; DEVICE_BOUND (EBUSY) where it
 *   has one; and as the driver's probe
 * Source: bind_store, drivers/base/bus.c 6.1
 */
export function storeBind(machine: Machine, driver: DaxDriverName, text: string): void {
  const name = nameIn(text)
  const device = findDevice(machine, name)
  if (device === undefined) throw noSuchDevice(driver, name, 'is not on the bus.')
  if (!matches(machine, driver, device))
    throw noSuchDevice(driver, name, 'is not for this driver: write its name to new_id.')
  if (device.driver !== null)
    throw new HotplugError('DEVICE_BOUND', 'EBUSY', `${name} is bound to ${device.driver}.`, {
      detail: { device: name, driver: device.driver },
    })
  probe(machine, driver, device)
}

/** A write to a driver's `unbind`. @throws HotplugError NO_SUCH_DEVICE (ENODEV) where it is not bound to it. Source: unbind_store, 6.1 */
export function storeUnbind(machine: Machine, driver: DaxDriverName, text: string): void {
  const name = nameIn(text)
  const device = findDevice(machine, name)
  if (device?.driver !== driver) throw noSuchDevice(driver, name, 'is not bound to it.')
  RELEASES[driver](machine, device)
  device.driver = null
  emitUevent(machine, 'unbind', { devpath: devpathOf(machine, device), subsystem: 'dax' })
}

/** The name that is written to `new_id` and `remove_id`. @throws HotplugError BAD_WORD (EINVAL) */
function idIn(text: string): string {
  const name = nameIn(text)
  if (/^dax(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/.test(name)) return name
  throw new HotplugError(
    'BAD_WORD',
    'EINVAL',
    `${JSON.stringify(text)} is not a name like dax0.0.`,
    {
      detail: { text },
    },
  )
}

/** A write to `new_id`: the driver takes the device from now on, and all that it may. @throws HotplugError BAD_WORD (EINVAL). Source: do_id_store, drivers/dax/bus.c 6.1 */
export function storeNewId(machine: Machine, driver: DaxDriverName, text: string): void {
  addId(machine, driver, idIn(text))
  attachAll(machine, driver)
}

/** A write to `remove_id`: the opposite; what is bound stays bound. @throws HotplugError BAD_WORD (EINVAL) */
export function storeRemoveId(machine: Machine, driver: DaxDriverName, text: string): void {
  const id = idIn(text)
  const ids = daxState(machine).ids[driver]
  const index = ids.indexOf(id)
  if (index >= 0) ids.splice(index, 1)
}

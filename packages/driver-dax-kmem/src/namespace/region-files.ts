import { HotplugError, type Machine } from '@memhp/core'
import {
  type Directory,
  directoryOf,
  emitUevent,
  parseUnsigned,
  readOnly,
  readWrite,
  writeOnly,
} from '@memhp/core/plugin'
import { roomIn } from '../bus/room'
import {
  type DaxRegion,
  daxState,
  devicesOf,
  devpathOf,
  findDevice,
  newDevice,
  regionId,
  sizeOf,
} from '../state'

/**
 * What a region has, how much of it no device does, and how devices of it are made and deleted. Persistent memory is one device.
 * Source: dax_region_attributes, drivers/dax/bus.c 6.1; guests of 6.1 and 7.3
 */
export function regionDirectory(machine: Machine, id: number): Directory {
  const now = (): DaxRegion => regionNow(machine, id)
  const fixed = {
    align: { kind: 'file', mode: 0o400, show: () => `${2 ** 21}\n` },
    id: readOnly(() => `${id}\n`),
    size: readOnly(() => `${now().end - now().start}\n`),
  } as const
  if (now().kind === 'persistent') return directoryOf(fixed)
  return directoryOf({
    ...fixed,
    available_size: readOnly(() => `${roomIn(machine, now())}\n`),
    create: readWrite(
      () => `${now().seed ?? ''}\n`,
      (text) => storeCreate(machine, now(), text),
    ),
    delete: writeOnly((text) => storeDelete(machine, now(), text)),
    seed: readOnly(() => `${now().seed ?? ''}\n`),
  })
}

/** @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function regionNow(machine: Machine, id: number): DaxRegion {
  const region = daxState(machine).regions.find((each) => each.id === id)
  if (region !== undefined) return region
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `There is no region ${id}.`)
}

/** The lowest number that none of them has. */
function lowestBeside(numbers: readonly number[]): number {
  let free = 0
  while (numbers.includes(free)) free += 1
  return free
}

/**
 * A write to `create`: another device, of no size.
 * @throws HotplugError BAD_NUMBER (EINVAL) for anything but 1, NO_ADDRESS_SPACE (ENOSPC) where devices have all of the region
 */
function storeCreate(machine: Machine, region: DaxRegion, text: string): void {
  if (parseUnsigned(text, { bits: 32 }) !== 1) {
    const why = `${JSON.stringify(text)} is not 1: one device is made at a time.`
    throw new HotplugError('BAD_NUMBER', 'EINVAL', why, { detail: { text } })
  }
  if (roomIn(machine, region) === 0) {
    const why = `Devices have all of region ${region.id}: make one of them smaller.`
    throw new HotplugError('NO_ADDRESS_SPACE', 'ENOSPC', why, { detail: { region: region.id } })
  }
  const { devices } = daxState(machine)
  const ids = devicesOf(machine, region).map((device) => numberOf(device.name))
  const name = `dax${region.id}.${lowestBeside(ids)}`
  const device = newDevice({
    name,
    minor: lowestBeside(devices.map(({ minor }) => minor)),
    kind: region.kind,
    node: region.node,
    ranges: [],
    memmapOnMemory: false,
  })
  devices.push(device)
  region.seed ??= name
  emitUevent(machine, 'add', { devpath: devpathOf(machine, device), subsystem: 'dax' })
}

/** 1 of `dax0.1`. */
const numberOf = (name: string): number => Number(name.slice(name.indexOf('.') + 1))

/**
 * A write to `delete`: a device of no size goes; the first one of a region stays.
 * @throws HotplugError NO_SUCH_DEVICE (ENXIO), DEVICE_BOUND (EBUSY) for one that has a driver, memory, or the number 0
 */
function storeDelete(machine: Machine, region: DaxRegion, text: string): void {
  const name = text.trim()
  const device = findDevice(machine, name)
  if (device === undefined || regionId(name) !== region.id)
    throw new HotplugError(
      'NO_SUCH_DEVICE',
      'ENXIO',
      `Region ${region.id} has no ${JSON.stringify(text)}.`,
    )
  const why =
    device.driver !== null
      ? `${name} is bound to ${device.driver}: unbind it first.`
      : sizeOf(device) > 0
        ? `${name} has memory: write 0 to its size first.`
        : numberOf(name) === 0
          ? `${name} is the first of its region, which stays.`
          : undefined
  if (why !== undefined)
    throw new HotplugError('DEVICE_BOUND', 'EBUSY', why, { detail: { device: name } })
  const { devices } = daxState(machine)
  const devpath = devpathOf(machine, device)
  devices.splice(devices.indexOf(device), 1)
  if (region.seed === name) region.seed = null
  emitUevent(machine, 'remove', { devpath, subsystem: 'dax' })
}

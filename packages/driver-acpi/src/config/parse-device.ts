import { refuseDescription } from '@memhp/core/plugin'
import type { AcpiDeviceConfig, AcpiRangeConfig } from './acpi-config'
import type { CrsRange, DeviceLayout } from './layout'

/** Present, enabled, shown in the UI, functioning. Source: ACPI 6.4, 6.3.7. */
const STATUS_WORKING = 0xf
const STATUS_PRESENT = 0x1

interface Context {
  readonly place: string
  /** Directory of the parent where the device names none. */
  readonly parent: string | null
  /** Slots taken by devices before it. */
  readonly taken: ReadonlySet<number>
}

const hex = (value: number): string => value.toString(16).padStart(2, '0')
const upperHex = (value: number): string => hex(value).toUpperCase()

/**
 * Fills in what one entry of `devices` leaves out.
 * @throws HotplugError BAD_DESCRIPTION
 */
export function parseDevice(device: AcpiDeviceConfig, context: Context): DeviceLayout {
  const { place } = context
  const slot = device.slot ?? numberIn(device.name) ?? lowestFree(context.taken)
  const { name = `PNP0C80:${hex(slot)}`, bound = null } = device
  const ranges = (device.ranges ?? []).map((range, i) => crsRange(range, `${place}.ranges[${i}]`))
  const holdsMemory = ranges.length > 0 || (bound !== null && bound.length > 0)
  const { status = holdsMemory ? STATUS_WORKING : 0 } = device
  const occupied = holdsMemory && status % 2 === STATUS_PRESENT
  const {
    path = `\\_SB_.MHPC.MP${upperHex(slot)}`,
    uid = `0x${upperHex(slot)}`,
    parent = context.parent,
    id = occupied ? name : null,
    node = null,
    faults = {},
  } = device
  return { place, name, path, uid, parent, slot, id, status, ranges, node, bound, faults }
}

/** The number in the name of a device; undefined where it has no name. */
const numberIn = (name: string | undefined): number | undefined =>
  name === undefined ? undefined : Number.parseInt(name.slice(name.indexOf(':') + 1), 16)

function lowestFree(taken: ReadonlySet<number>): number {
  let slot = 0
  while (taken.has(slot)) slot += 1
  return slot
}

function crsRange(range: AcpiRangeConfig, place: string): CrsRange {
  const { start, end, caching = 'cacheable', access = 'read-write' } = range
  if (end < start) refuseDescription(`${place}.end`, `${end} is below start, ${start}.`)
  return { start, end, caching, access }
}

import {
  HotplugError,
  isAligned,
  type Machine,
  type Range,
  rangeSize,
  rangesOverlap,
} from '@memhp/core'
import { GRAIN } from '../config'
import {
  bytesOf,
  type DaxDevice,
  type DaxRegion,
  devicesOf,
  regionOfDevice,
  sizeOf,
} from '../state'

/** Memory of a region that devices have, ascending, with whose it is. */
function takenOf(
  machine: Machine,
  region: DaxRegion,
): readonly { device: DaxDevice; range: Range }[] {
  return devicesOf(machine, region)
    .flatMap((device) => device.ranges.map((range) => ({ device, range })))
    .toSorted((a, b) => a.range.start - b.range.start)
}

/** Bytes of a region that no device has. */
export const roomIn = (machine: Machine, region: DaxRegion): number =>
  rangeSize(region) - bytesOf(devicesOf(machine, region).flatMap(({ ranges }) => ranges))

/** Bytes that the size of a device is a multiple of. Source: alloc_is_aligned, drivers/dax/bus.c 6.1 */
export const grainOf = ({ alignBytes }: DaxDevice): number => Math.max(GRAIN, alignBytes)

/** Free memory between what devices have. `behind`: the range that it follows; null at the beginning of the region. */
interface Gap extends Range {
  readonly behind: { readonly device: DaxDevice; readonly range: Range } | null
}

function lowestGap(machine: Machine, region: DaxRegion): Gap | undefined {
  let behind: Gap['behind'] = null
  let { start } = region
  for (const taken of takenOf(machine, region)) {
    if (start < taken.range.start) return { start, end: taken.range.start, behind }
    behind = taken
    start = taken.range.end
  }
  return start < region.end ? { start, end: region.end, behind } : undefined
}

/**
 * Gives a device another size: it grows into the lowest free memory of its region, as often as it takes, and shrinks from the end.
 * @throws HotplugError NO_ADDRESS_SPACE (ENOSPC) where the region has less; nothing is changed then
 * Source: dev_dax_resize, drivers/dax/bus.c 6.1; guests of 6.1 and 7.3
 */
export function resize(machine: Machine, device: DaxDevice, bytes: number): void {
  const region = regionOfDevice(machine, device)
  const most = sizeOf(device) + roomIn(machine, region)
  if (bytes > most) {
    const text = `${device.name} may have ${most} bytes.`
    throw new HotplugError('NO_ADDRESS_SPACE', 'ENOSPC', text, {
      detail: { device: device.name, bytes, most },
    })
  }
  if (bytes < sizeOf(device)) shrink(device, bytes)
  while (sizeOf(device) < bytes)
    growOnce(machine, { device, region, bytes: bytes - sizeOf(device) })
}

function shrink(device: DaxDevice, bytes: number): void {
  let left = bytes
  device.ranges = device.ranges.flatMap(({ start, end }) => {
    const kept = Math.min(left, end - start)
    left -= kept
    return kept === 0 ? [] : [{ start, end: start + kept }]
  })
}

interface Growth {
  readonly device: DaxDevice
  readonly region: DaxRegion
  readonly bytes: number
}

function growOnce(machine: Machine, { device, region, bytes }: Growth): void {
  const gap = lowestGap(machine, region)
  if (gap === undefined) return
  const end = Math.min(gap.end, gap.start + bytes)
  const last = device.ranges.at(-1)
  const goesOn = last !== undefined && gap.behind?.range === last
  device.ranges = goesOn
    ? [...device.ranges.slice(0, -1), { start: last.start, end }]
    : [...device.ranges, { start: gap.start, end }]
}

/** Two addresses, in hexadecimal, with or without `0x`. Source: range_parse, drivers/dax/bus.c 6.1 */
const RANGE = /^(?:0[xX])?([0-9a-fA-F]{1,13})-(?:0[xX])?([0-9a-fA-F]{1,13})\n?$/

/**
 * A write to `mapping`: the device has this range as well. A driver that has it does not notice.
 * @throws HotplugError BAD_NUMBER (EINVAL; ENXIO for a size that is not a multiple of its grain, until 6.1), OUT_OF_MEMORY (ENOMEM)
 *   where it is not free, RESOURCE_BUSY (EBUSY) where it is empty
 * Source: mapping_store, drivers/dax/bus.c 6.1; guests of 6.1 to 7.3
 */
export function addMapping(machine: Machine, device: DaxDevice, text: string): void {
  const [, first, last] = RANGE.exec(text) ?? []
  const refuse = (code: 'BAD_NUMBER' | 'OUT_OF_MEMORY' | 'RESOURCE_BUSY', why: string) =>
    new HotplugError(code, ERRNOS[code], `${JSON.stringify(text)} ${why}`, { detail: { text } })
  if (first === undefined || last === undefined)
    throw refuse('BAD_NUMBER', 'is not a range like 0x100000000-0x13fffffff.')
  const range = { start: Number.parseInt(first, 16), end: Number.parseInt(last, 16) + 1 }
  if (!isAligned(range.end - range.start, grainOf(device))) {
    if (machine.generation.rules.dax.oddMapping === 'ignored') return
    const why = `${JSON.stringify(text)} is not a multiple of ${grainOf(device)} bytes.`
    throw new HotplugError('BAD_NUMBER', 'ENXIO', why, { detail: { text } })
  }
  if (range.start === range.end) throw refuse('RESOURCE_BUSY', 'has nothing in it.')
  const region = regionOfDevice(machine, device)
  const isInside = region.start <= range.start && range.start < range.end && range.end <= region.end
  const isFree = takenOf(machine, region).every((taken) => !rangesOverlap(taken.range, range))
  if (!isInside || !isFree) throw refuse('OUT_OF_MEMORY', 'is not free in the region.')
  device.ranges = [...device.ranges, range]
}

const ERRNOS = { BAD_NUMBER: 'EINVAL', OUT_OF_MEMORY: 'ENOMEM', RESOURCE_BUSY: 'EBUSY' } as const

import { isPowerOfTwo, MIB, rangesOverlap } from '@memhp/core'
import type { AcpiLayout, DeviceLayout } from './layout'
import { MOST_SLOTS, parseDevice } from './parse-device'
import { readDirectory, readFields, readFlag, readInteger, readList, refuse } from './read'

const PLACE = 'drivers.acpi'
const FIELDS = [
  'hotplugEnabled',
  'slots',
  'windowStart',
  'windowEnd',
  'alignmentBytes',
  'parentPath',
  'domains',
  'devices',
]
const DEFAULT_ALIGNMENT = 2 * MIB
/** Empty slots of a platform of which nothing is told but that it has ACPI. */
const DEFAULT_SLOTS = 4

/**
 * Checks `drivers.acpi` of a machine description and fills in what it leaves out.
 * @param config an `AcpiConfig`; undefined is one without fields
 * @throws HotplugError BAD_DESCRIPTION that names the place and the remedy
 */
export function parseConfig(config: unknown): AcpiLayout {
  const fields = readFields(config, PLACE, FIELDS)
  const parent = readDirectory(fields.parentPath, `${PLACE}.parentPath`) ?? null
  const described: DeviceLayout[] = []
  readList(fields.devices, `${PLACE}.devices`).forEach((device, index) => {
    const taken = new Set(described.map(({ slot }) => slot))
    described.push(parseDevice(device, { place: `${PLACE}.devices[${index}]`, parent, taken }))
  })
  const slots = fields.devices === undefined ? DEFAULT_SLOTS : undefined
  const devices = fillSlots(
    described,
    readInteger(fields.slots, `${PLACE}.slots`, { most: MOST_SLOTS }) ?? slots,
    parent,
  )
  checkUnique(devices)
  checkApart(devices)
  return {
    window: parseWindow(fields),
    hotplugEnabled: readFlag(fields.hotplugEnabled, `${PLACE}.hotplugEnabled`) ?? true,
    domains: parseDomains(fields.domains),
    devices,
  }
}

function parseDomains(value: unknown): AcpiLayout['domains'] {
  if (value === undefined) return null
  const place = `${PLACE}.domains`
  const fields = readFields(value, place, ['count', 'named'])
  const count = readInteger(fields.count, `${place}.count`, { least: 1 }) ?? 1
  const named = readList(fields.named, `${place}.named`).map((domain, index) => {
    const at = `${place}.named[${index}]`
    const number = readInteger(domain, at) ?? refuse(at, 'no domain', 'Give a number')
    return number < count ? number : refuse(at, `${number} is too high`, `Give less than ${count}`)
  })
  if (new Set(named).size < named.length) {
    refuse(`${place}.named`, 'a domain is there twice', 'Give each once')
  }
  return { count, named }
}

function parseWindow(fields: Readonly<Record<string, unknown>>): AcpiLayout['window'] {
  const start = readInteger(fields.windowStart, `${PLACE}.windowStart`) ?? null
  const end = readInteger(fields.windowEnd, `${PLACE}.windowEnd`) ?? null
  const alignmentBytes =
    readInteger(fields.alignmentBytes, `${PLACE}.alignmentBytes`, { least: 1 }) ?? DEFAULT_ALIGNMENT
  if (start !== null && end !== null && end <= start) {
    refuse(`${PLACE}.windowEnd`, `${end} is not above windowStart`, `Give more than ${start}`)
  }
  if (!isPowerOfTwo(alignmentBytes)) {
    refuse(`${PLACE}.alignmentBytes`, `${alignmentBytes} is not a power of two`, 'Give 2097152')
  }
  return { start, end, alignmentBytes }
}

/** Adds the empty slots, and puts all in the order of their numbers. */
function fillSlots(
  described: readonly DeviceLayout[],
  slots: number | undefined,
  parent: string | null,
): readonly DeviceLayout[] {
  const numbers = new Set(described.map(({ slot }) => slot))
  const needed = described.reduce((most, { slot }) => Math.max(most, slot + 1), 0)
  if (slots !== undefined && slots < needed) {
    refuse(`${PLACE}.slots`, `${slots} are too few`, `Give at least ${needed}, or leave it out`)
  }
  const devices = [...described]
  for (let slot = 0; slot < (slots ?? 0); slot++) {
    if (numbers.has(slot)) continue
    devices.push(parseDevice({ slot }, { place: `${PLACE}.slots`, parent, taken: new Set() }))
  }
  return devices.sort((a, b) => a.slot - b.slot)
}

function checkUnique(devices: readonly DeviceLayout[]): void {
  for (const key of ['slot', 'name', 'path', 'id'] as const) {
    const seen = new Set<unknown>()
    for (const { place, [key]: value } of devices) {
      if (value === null) continue
      if (seen.has(value)) {
        refuse(`${place}.${key}`, `${value} is there twice`, `Give each device its own ${key}`)
      }
      seen.add(value)
    }
  }
}

function checkApart(devices: readonly DeviceLayout[]): void {
  const all = devices
    .flatMap(({ place, ranges }) => ranges.map((range) => ({ place, range })))
    .filter(({ range }) => range.start < range.end)
    .sort((a, b) => a.range.start - b.range.start)
  all.forEach(({ place, range }, index) => {
    const next = all[index + 1]
    if (next === undefined || !rangesOverlap(range, next.range)) return
    refuse(`${next.place}.ranges`, `its memory overlaps that of ${place}`, 'Move one of them')
  })
}

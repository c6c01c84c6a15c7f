import { MIB, rangesOverlap } from '@memhp/core'
import { checkDescribed, refuseDescription } from '@memhp/core/plugin'
import type { AcpiConfig } from './acpi-config'
import { configShape } from './config-shape'
import type { AcpiLayout, DeviceLayout } from './layout'
import { parseDevice } from './parse-device'

const PLACE = 'drivers.acpi'
const DEFAULT_ALIGNMENT = 2 * MIB
/** Empty slots of a platform of which nothing is told but that it has ACPI. */
const DEFAULT_SLOTS = 4

/**
 * Checks `drivers.acpi` of a machine description and fills in what it leaves out.
 * @param config an `AcpiConfig`; undefined is one without fields
 * @throws HotplugError BAD_DESCRIPTION that names the place and what would be right
 */
export function parseConfig(config: unknown = {}): AcpiLayout {
  checkDescribed(configShape(), config, PLACE)
  const { parentPath: parent = null, hotplugEnabled = true } = config
  const described: DeviceLayout[] = []
  config.devices?.forEach((device, index) => {
    const taken = new Set(described.map(({ slot }) => slot))
    described.push(parseDevice(device, { place: `${PLACE}.devices[${index}]`, parent, taken }))
  })
  const slots = config.devices === undefined ? DEFAULT_SLOTS : undefined
  const devices = fillSlots(described, config.slots ?? slots, parent)
  checkUnique(devices)
  checkApart(devices)
  return { window: parseWindow(config), hotplugEnabled, domains: parseDomains(config), devices }
}

function parseDomains({ domains }: AcpiConfig): AcpiLayout['domains'] {
  if (domains === undefined) return null
  const place = `${PLACE}.domains.named`
  const { count, named } = domains
  named.forEach((domain, i) => {
    if (domain >= count)
      refuseDescription(`${place}[${i}]`, `${domain} is too high: there are ${count}.`)
  })
  if (new Set(named).size < named.length) refuseDescription(place, 'a domain is named twice.')
  return domains
}

function parseWindow(config: AcpiConfig): AcpiLayout['window'] {
  const { windowStart: start = null, windowEnd: end = null } = config
  if (start !== null && end !== null && end <= start) {
    refuseDescription(`${PLACE}.windowEnd`, `${end} is not above windowStart, ${start}.`)
  }
  return { start, end, alignmentBytes: config.alignmentBytes ?? DEFAULT_ALIGNMENT }
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
    const what = `${slots} are too few: give at least ${needed}, or leave it out.`
    refuseDescription(`${PLACE}.slots`, what)
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
        refuseDescription(`${place}.${key}`, `${value} is the ${key} of another device.`)
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
    refuseDescription(`${next.place}.ranges`, `its memory overlaps that of ${place}.`)
  })
}

import {
  type DeviceRange,
  type Machine,
  type NodeId,
  nodeId,
  physAddr,
  rangeSize,
} from '@memhp/core'
import { guessNode } from '@memhp/core/plugin'
import type { CrsRange } from '../config/layout'
import { type AcpiDevice, acpiState } from '../state'

/**
 * The ranges of a _CRS: a descriptor that begins where an earlier one ends, and has its attributes,
 * continues it. Source: acpi_memory_get_resource, drivers/acpi/acpi_memhotplug.c 6.1.
 */
export function mergeRanges(descriptors: readonly CrsRange[]): readonly CrsRange[] {
  const ranges: CrsRange[] = []
  for (const next of descriptors) {
    const index = ranges.findIndex(
      (range) =>
        range.end === next.start && range.caching === next.caching && range.access === next.access,
    )
    const continued = ranges[index]
    if (continued === undefined) ranges.push(next)
    else ranges[index] = { ...continued, end: next.end }
  }
  return ranges
}

/** A range that the kernel has not taken in yet. */
export const asDeviceRange = ({ start, end }: CrsRange): DeviceRange => ({
  start: physAddr(start),
  end: physAddr(end),
  enabled: false,
})

/** Pages of all ranges together, the last one rounded up. */
export const pagesOf = (machine: Machine, ranges: readonly CrsRange[]): number =>
  Math.ceil(ranges.reduce((sum, range) => sum + rangeSize(range), 0) / machine.geometry.pageBytes)

/** The node of a device: that of its _PXM, else the likely one of its first range. */
export function nodeOfDevice(machine: Machine, device: AcpiDevice, first: CrsRange): NodeId {
  const { node } = device.slot
  return node === null
    ? guessNode(machine, physAddr(first.start))
    : nodeId(nodeOfDomain(machine, node))
}

/** The kernel's number for a proximity domain. One that is met for the first time gets the next. */
export function nodeOfDomain(machine: Machine, domain: number): number {
  const { domains } = acpiState(machine)
  if (domains === null || machine.generation.rules.device.nodes === 'as-numbered') return domain
  const { named } = domains
  if (!named.includes(domain)) named.push(domain)
  return named.indexOf(domain)
}

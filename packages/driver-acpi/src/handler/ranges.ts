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
import { acpiState } from '../state'

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

/**
 * The node of memory: that of its proximity domain, else the likely one of its address.
 * @param domain of a _PXM; null where there is none
 */
export function nodeOfMemory(machine: Machine, domain: number | null, first: CrsRange): NodeId {
  const node = domain === null ? null : nodeOfDomain(machine, domain)
  return node === null ? guessNode(machine, physAddr(first.start)) : nodeId(node)
}

/**
 * The kernel's number for a proximity domain; null where firmware's tables do not name it, unless a device that does gives it the
 * next one.
 */
export function nodeOfDomain(machine: Machine, domain: number): number | null {
  const { domains } = acpiState(machine)
  if (domains === null) return domain
  const { named } = domains
  const isNew = !named.includes(domain)
  if (isNew && machine.generation.rules.device.nodes === 'by-tables') return null
  if (isNew) named.push(domain)
  return named.indexOf(domain)
}

import { formatHex, isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import type { RegionName } from '../model/page-table-geometry'
import { machineFrames } from './machine-frames'
import { PAGE_TABLES } from './page-table-slot'
import { regionNamed, tableShape } from './table-shape'
import type { PageTables, RegionPart } from './table-types'

/**
 * The kernel's page tables of a machine. Make it anew for each operation: `machine.state` may have been replaced.
 * Invariant: the machine's architecture has page tables.
 */
export const kernelTables = (machine: Machine): PageTables => ({
  shape: tableShape(machine.arch),
  state: PAGE_TABLES.of(machine),
  frames: machineFrames(machine),
})

/**
 * A part of one of the kernel's mappings, in bytes from where the top-level entry begins that the region begins in: mostly
 * the region's base.
 * @beta
 */
export interface MappingRange {
  readonly region: RegionName
  readonly offset: number
  readonly sizeBytes: number
}

/**
 * The part of a region that a range names.
 * @throws HotplugError BAD_ARGUMENT for a range that is not whole pages, ADDRESS_OUT_OF_REACH (E2BIG) outside the region
 */
export function regionPart(tables: PageTables, range: MappingRange): RegionPart {
  const { pageBytes } = tables.shape
  const region = regionNamed(tables.shape, range.region)
  const end = range.offset + range.sizeBytes
  const whole = isAligned(range.offset, pageBytes) && isAligned(range.sizeBytes, pageBytes)
  if (range.offset < region.firstByte) {
    throw new HotplugError(
      'ADDRESS_OUT_OF_REACH',
      'E2BIG',
      `The ${region.name} region begins at offset ${formatHex(region.firstByte)}.`,
      { detail: { ...range } },
    )
  }
  if (!whole || range.sizeBytes < 0) {
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'A mapping is a whole number of pages.', {
      detail: { ...range, pageBytes },
    })
  }
  if (end > region.limitBytes) {
    throw new HotplugError(
      'ADDRESS_OUT_OF_REACH',
      'E2BIG',
      `The ${region.name} region ends at offset ${formatHex(region.limitBytes)}.`,
      { detail: { ...range } },
    )
  }
  return { region, start: range.offset, end }
}

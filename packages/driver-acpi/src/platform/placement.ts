import {
  alignUp,
  GIB,
  HotplugError,
  isAligned,
  type Range,
  rangeContains,
  rangesOverlap,
} from '@memhp/core'
import type { WindowLayout } from '../config/layout'

/** What a platform needs to know to place memory. All in bytes. */
export interface Placement {
  readonly window: Range
  readonly alignmentBytes: number
  /** What other devices occupy, in any order. */
  readonly taken: readonly Range[]
}

/** What decides where memory devices may lie, besides the configuration. Bytes. */
export interface WindowFacts {
  /** Boot memory, in any order. */
  readonly ram: readonly Range[]
  /** First address that the architecture cannot reach. */
  readonly addressLimit: number
}

/**
 * The window in which the platform places memory devices: by default from the first GiB boundary above
 * 4 GiB and above all boot memory. Source: QEMU 7.2 hw/i386/pc.c; agrees with every recorded guest.
 */
export function deviceWindow(configured: WindowLayout, facts: WindowFacts): Range {
  const ramEnd = facts.ram.reduce((most, { end }) => Math.max(most, end), 0)
  return {
    start: configured.start ?? alignUp(Math.max(ramEnd, 4 * GIB), GIB),
    end: configured.end ?? facts.addressLimit,
  }
}

/**
 * The lowest aligned address where `sizeBytes` fit.
 * @throws HotplugError NO_ADDRESS_SPACE (ENOSPC)
 */
export function placeFirstFit(placement: Placement, sizeBytes: number): number {
  const { window, alignmentBytes, taken } = placement
  let start = alignUp(window.start, alignmentBytes)
  for (const range of taken.toSorted((a, b) => a.start - b.start)) {
    if (range.end <= start) continue
    if (start + sizeBytes <= range.start) break
    start = alignUp(range.end, alignmentBytes)
  }
  if (start + sizeBytes <= window.end) return start
  throw new HotplugError(
    'NO_ADDRESS_SPACE',
    'ENOSPC',
    `No gap of ${sizeBytes} bytes is left for a memory device. Take one away, or widen the window.`,
    { detail: { sizeBytes, windowStart: window.start, windowEnd: window.end } },
  )
}

/**
 * Checks an address that somebody asked for.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) misaligned; NO_ADDRESS_SPACE (ENOSPC) outside or taken
 */
export function checkAddress(placement: Placement, wanted: Range): void {
  const { window, alignmentBytes, taken } = placement
  if (!isAligned(wanted.start, alignmentBytes)) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `Address ${wanted.start} is no multiple of ${alignmentBytes}.`,
      { detail: { address: wanted.start, alignmentBytes } },
    )
  }
  const other = taken.find((range) => rangesOverlap(range, wanted))
  if (other === undefined && rangeContains(window, wanted)) return
  throw new HotplugError(
    'NO_ADDRESS_SPACE',
    'ENOSPC',
    other === undefined
      ? `Memory at ${wanted.start} lies outside the window for memory devices.`
      : `Memory at ${wanted.start} would overlap the device at ${other.start}.`,
    { detail: { address: wanted.start, windowStart: window.start, windowEnd: window.end } },
  )
}

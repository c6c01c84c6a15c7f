import { type Range, rangeContains, rangesOverlap } from '../address/range'
import { alignUp, isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'

/** What a platform needs to know to place memory. All in bytes. @beta */
export interface Placement {
  /** Ascending and disjoint. */
  readonly windows: readonly Range[]
  readonly alignmentBytes: number
  /** What other devices occupy, in any order. */
  readonly taken: readonly Range[]
}

const detailOf = ({ windows }: Placement) => ({
  windowStart: windows[0]?.start ?? null,
  windowEnd: windows.at(-1)?.end ?? null,
})

/**
 * The lowest aligned address where `sizeBytes` fit.
 * @throws HotplugError NO_ADDRESS_SPACE (ENOSPC)
 * @beta
 */
export function placeFirstFit(placement: Placement, sizeBytes: number): number {
  const { windows, alignmentBytes } = placement
  const taken = placement.taken.toSorted((a, b) => a.start - b.start)
  for (const window of windows) {
    let start = alignUp(window.start, alignmentBytes)
    for (const range of taken) {
      if (range.end <= start) continue
      if (start + sizeBytes <= range.start) break
      start = alignUp(range.end, alignmentBytes)
    }
    if (start + sizeBytes <= window.end) return start
  }
  throw new HotplugError(
    'NO_ADDRESS_SPACE',
    'ENOSPC',
    `No gap of ${sizeBytes} bytes is left for a memory device. Take one away, or widen the window.`,
    { detail: { sizeBytes, ...detailOf(placement) } },
  )
}

/**
 * Checks an address that a request names.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) misaligned; NO_ADDRESS_SPACE (ENOSPC) outside or taken
 * @beta
 */
export function checkAddress(placement: Placement, wanted: Range): void {
  const { windows, alignmentBytes, taken } = placement
  if (!isAligned(wanted.start, alignmentBytes)) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `Address ${wanted.start} is not a multiple of ${alignmentBytes}.`,
      { detail: { address: wanted.start, alignmentBytes } },
    )
  }
  const other = taken.find((range) => rangesOverlap(range, wanted))
  const isInside = windows.some((window) => rangeContains(window, wanted))
  if (other === undefined && isInside) return
  throw new HotplugError(
    'NO_ADDRESS_SPACE',
    'ENOSPC',
    other === undefined
      ? `Memory at ${wanted.start} lies outside the window for memory devices.`
      : `Memory at ${wanted.start} would overlap the device at ${other.start}.`,
    { detail: { address: wanted.start, ...detailOf(placement) } },
  )
}

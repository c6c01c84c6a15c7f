import { alignDown, alignUp } from '@memhp/core'
import { resizablesOf } from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import { formatRange, formatSize } from '../text/size'
import { plural } from './page-style'

/** A device, and where its memory is. */
interface Span {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Addresses between two devices that none has. Bytes; `end` is exclusive. */
export interface DeviceGap {
  readonly start: number
  readonly end: number
  /** The devices below and above it. */
  readonly below: string
  readonly above: string
  /** What of it whole blocks can be added in: the rest is lost to alignment. */
  readonly usableBytes: number
}

/** Memory of devices by address: those of firmware, and what a virtio-mem device may have. */
function spansOf(topology: Topology): readonly Span[] {
  const firmware = topology.devices.flatMap(({ name, ranges }) =>
    ranges.map(({ start, end }) => ({ name, start, end })),
  )
  const resizable = resizablesOf(topology).map(({ name, range }) => ({ name, ...range }))
  return [...firmware, ...resizable].sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Gaps between the memory devices that are there, ascending; none where fewer than two have memory. */
export function deviceGaps(topology: Topology): readonly DeviceGap[] {
  const { blockBytes } = topology
  const gaps: DeviceGap[] = []
  let [below, ...spans] = spansOf(topology)
  for (const span of spans) {
    if (below !== undefined && span.start > below.end) {
      const first = alignUp(below.end, blockBytes)
      const last = alignDown(span.start, blockBytes)
      gaps.push({
        start: below.end,
        end: span.start,
        below: below.name,
        above: span.name,
        usableBytes: Math.max(0, last - first),
      })
    }
    if (below === undefined || span.end > below.end) below = span
  }
  return gaps
}

/** A gap in words, and how many DIMMs of a size it has room for. */
export function gapText(gap: DeviceGap, dimmBytes: number): string {
  const { start, end, below, above, usableBytes } = gap
  const fit = Math.floor(usableBytes / dimmBytes)
  const lost = end - start - usableBytes
  const room =
    fit > 0
      ? `room for ${plural(fit, 'DIMM')} of ${formatSize(dimmBytes)}`
      : `too small for a DIMM of ${formatSize(dimmBytes)}`
  const part = lost > 0 ? `, ${formatSize(lost)} of it in no whole block` : ''
  return `${formatRange({ start, end })}, ${formatSize(end - start)} between ${below} and ${above}: ${room}${part}`
}

import type { Range } from '../address/range'
import { alignDown, alignUp } from '../address/units'

/** A stretch of a mapping that leaves of one size cover. Bytes, end exclusive. @beta */
export interface LeafExtent extends Range {
  readonly leafBytes: number
}

/**
 * How a range is covered by the largest leaves that fit: small ones up to the first boundary of the next size, and
 * so on; the largest in the middle; then down again.
 * @param range bytes, whole leaves of the smallest size
 * @param sizes leaf sizes in bytes, largest first
 * @returns ascending; what no size fits is left out
 * Source: split_mem_range, arch/x86/mm/init.c 6.1.
 * @beta
 */
export function leafExtents(range: Range, sizes: readonly number[]): readonly LeafExtent[] {
  const [leafBytes, ...smaller] = sizes
  if (leafBytes === undefined || range.start >= range.end) return []
  const start = alignUp(range.start, leafBytes)
  const end = alignDown(range.end, leafBytes)
  if (start >= end) return leafExtents(range, smaller)
  return [
    ...leafExtents({ start: range.start, end: start }, smaller),
    { start, end, leafBytes },
    ...leafExtents({ start: end, end: range.end }, smaller),
  ]
}

/**
 * Breaks leaves up, lowest first, until no size has more bytes than its counter. The smallest size takes what is left.
 * @param limits.sizes leaf sizes in bytes, largest first
 * @param limits.counters bytes by leaf size; undefined: no limit
 */
export function withinCounters(
  stretches: readonly LeafExtent[],
  limits: {
    readonly sizes: readonly number[]
    readonly counters: ReadonlyMap<number, number> | undefined
  },
): readonly LeafExtent[] {
  const { sizes, counters } = limits
  if (counters === undefined) return stretches
  let result = stretches
  for (const [i, leafBytes] of sizes.slice(0, -1).entries()) {
    const smaller = sizes[i + 1] ?? leafBytes
    const total = result
      .filter((stretch) => stretch.leafBytes === leafBytes)
      .reduce((sum, stretch) => sum + stretch.end - stretch.start, 0)
    const excess = total - alignDown(counters.get(leafBytes) ?? 0, leafBytes)
    result = breakLowest(result, { leafBytes, smaller, bytes: Math.max(0, excess) })
  }
  return result
}

function breakLowest(
  stretches: readonly LeafExtent[],
  what: { readonly leafBytes: number; readonly smaller: number; readonly bytes: number },
): readonly LeafExtent[] {
  let left = what.bytes
  return stretches.flatMap((stretch) => {
    if (stretch.leafBytes !== what.leafBytes || left === 0) return [stretch]
    const cut = Math.min(stretch.end, stretch.start + left)
    left -= cut - stretch.start
    const broken = { start: stretch.start, end: cut, leafBytes: what.smaller }
    return cut === stretch.end ? [broken] : [broken, { ...stretch, start: cut }]
  })
}

import type { Pfn, PhysAddr } from './brand'

/** A half-open range: `start` belongs to it, `end` does not. @public */
export interface Range<T extends number = number> {
  readonly start: T
  readonly end: T
}

/** Page frames from `start` to before `end`. @public */
export type PfnRange = Range<Pfn>
/** Physical addresses, in bytes, from `start` to before `end`. @public */
export type PhysRange = Range<PhysAddr>

/** The length of a range, in its own unit. @public */
export const rangeSize = (range: Range): number => range.end - range.start

/** True if the ranges, none of them empty, have a value in common: an empty one within another counts as if it had. @public */
export const rangesOverlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end

/** True if `inner` lies wholly in `outer`. @public */
export const rangeContains = (outer: Range, inner: Range): boolean =>
  outer.start <= inner.start && inner.end <= outer.end

/** The common part of two ranges, or undefined where they do not meet. @public */
export function rangeIntersection<T extends number>(
  a: Range<T>,
  b: Range<T>,
): Range<T> | undefined {
  const start = a.start > b.start ? a.start : b.start
  const end = a.end < b.end ? a.end : b.end
  return start < end ? { start, end } : undefined
}

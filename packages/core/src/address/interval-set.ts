import type { Range } from './range'

/** Sorted, disjoint, non-touching half-open ranges. Plain data; the functions below keep it so. @beta */
export interface IntervalSet {
  readonly ranges: { start: number; end: number }[]
}

/** A set without values. @beta */
export const emptyIntervalSet = (): IntervalSet => ({ ranges: [] })

/** Index of the first range that ends above a value; `ranges.length` where none does. Ranges ascend. */
export function firstEndingAbove(
  ranges: readonly { readonly end: number }[],
  value: number,
): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const range = ranges[middle]
    if (range !== undefined && range.end <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Adds a range, joining it with what it meets or touches. @beta */
export function insertInterval(set: IntervalSet, added: Range): void {
  if (added.start >= added.end) return
  const from = firstEndingAbove(set.ranges, added.start - 1)
  let { start, end } = added
  let to = from
  for (
    let range = set.ranges[to];
    range !== undefined && range.start <= end;
    range = set.ranges[++to]
  ) {
    start = Math.min(start, range.start)
    end = Math.max(end, range.end)
  }
  set.ranges.splice(from, to - from, { start, end })
}

/** Takes a range away, splitting what it cuts. @beta */
export function removeInterval(set: IntervalSet, removed: Range): void {
  if (removed.start >= removed.end) return
  const from = firstEndingAbove(set.ranges, removed.start)
  const kept: { start: number; end: number }[] = []
  let to = from
  for (
    let range = set.ranges[to];
    range !== undefined && range.start < removed.end;
    range = set.ranges[++to]
  ) {
    if (range.start < removed.start) kept.push({ start: range.start, end: removed.start })
    if (range.end > removed.end) kept.push({ start: removed.end, end: range.end })
  }
  set.ranges.splice(from, to - from, ...kept)
}

/** The stored range that holds `value`, or the next one above it; undefined where there is none. @beta */
export function intervalAtOrAbove(set: IntervalSet, value: number): Range | undefined {
  return set.ranges[firstEndingAbove(set.ranges, value)]
}

/** The stored range that holds `value`, or the next one below it; undefined where there is none. @beta */
export function intervalAtOrBelow(set: IntervalSet, value: number): Range | undefined {
  const index = firstEndingAbove(set.ranges, value)
  const range = set.ranges[index]
  return range !== undefined && range.start <= value ? range : set.ranges[index - 1]
}

/** True if the value is in the set. @beta */
export function intervalContains(set: IntervalSet, value: number): boolean {
  const range = intervalAtOrAbove(set, value)
  return range !== undefined && range.start <= value
}

/** How much of `range` the set covers. @beta */
export function coveredSize(set: IntervalSet, range: Range): number {
  let covered = 0
  for (let i = firstEndingAbove(set.ranges, range.start); i < set.ranges.length; i++) {
    const stored = set.ranges[i]
    if (stored === undefined || stored.start >= range.end) break
    covered += Math.min(stored.end, range.end) - Math.max(stored.start, range.start)
  }
  return covered
}

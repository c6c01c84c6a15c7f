import type { PfnRange, Range } from '../address/range'
import { rangeSize, rangesOverlap } from '../address/range'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'

/**
 * Gives a zone memory that is wholly free and untouched: one run, whatever its length.
 * It is allocated after what the zone has already.
 * @param added the pages; whole sections, but for pages at the start that hold their block's memmap
 */
export function addUntouchedRun(
  _machine: Machine,
  added: { readonly zone: Zone; readonly range: PfnRange },
): void {
  const { zone, range } = added
  const pages = rangeSize(range)
  if (pages === 0) return
  const last = zone.free.untouchedRuns.at(-1)
  if (last !== undefined && last.end === range.start) last.end = range.end
  else zone.free.untouchedRuns.push({ start: range.start, end: range.end })
  zone.free.freePages += pages
}

/**
 * Takes pages out of a zone's untouched runs.
 * @throws InvariantViolation where they are not all in one run
 */
export function removeUntouchedRun(zone: Zone, range: Range): void {
  const pages = rangeSize(range)
  if (pages === 0) return
  const { untouchedRuns } = zone.free
  const index = untouchedRuns.findIndex((run) => run.start <= range.start && range.end <= run.end)
  const run = untouchedRuns[index]
  invariant(
    run !== undefined,
    `Pages ${range.start}-${range.end} of ${zone.key} are not untouched.`,
  )
  const kept = [
    { start: run.start, end: range.start },
    { start: range.end, end: run.end },
  ].filter((part) => part.start < part.end)
  untouchedRuns.splice(index, 1, ...kept)
  zone.free.freePages -= pages
}

/** True if any of the pages is in an untouched run of the zone. */
export const isUntouched = (zone: Zone, range: Range): boolean =>
  zone.free.untouchedRuns.some((run) => rangesOverlap(run, range))

import { HotplugError } from '@memhp/core'
import { formatPlace, type SourcePlace } from '../format/place'

/** Something that a step expected and the machine did otherwise. */
export interface Failure {
  /** Number of the step, from 1. */
  readonly step: number
  readonly place: SourcePlace
  /** What was looked at: `memory33`, `uevents`, `errno`. */
  readonly what: string
  readonly expected: string
  readonly seen: string
}

const indent = (text: string): string => text.split('\n').join('\n    ')
const isLong = (text: string): boolean => text.includes('\n') || text.length > 40

/** A failure in words: `a.yaml:12:7: step 4: memory33: expected offline, seen online`. */
export function formatFailure({ step, place, what, expected, seen }: Failure): string {
  const head = `${formatPlace(place)}: step ${step}: ${what}:`
  if (!isLong(expected) && !isLong(seen)) return `${head} expected ${expected}, seen ${seen}`
  return `${head}\n  expected\n    ${indent(expected)}\n  seen\n    ${indent(seen)}`
}

/** The failures of a run as one refusal, for callers that throw: EXPECTATION_FAILED with all in its detail. */
export function expectationError(failures: readonly Failure[]): HotplugError {
  return new HotplugError('EXPECTATION_FAILED', 'EINVAL', failures.map(formatFailure).join('\n'), {
    detail: { failures },
  })
}

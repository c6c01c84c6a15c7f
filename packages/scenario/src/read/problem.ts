import { HotplugError } from '@memhp/core'
import { formatPlace, type SourcePlace } from '../format/place'

/** Something wrong in a scenario file, and where. */
export interface Problem {
  readonly place: SourcePlace
  /** What is wrong, and what would be right. */
  readonly message: string
}

/** Most problems that one refusal names. */
const PROBLEM_LIMIT = 20

const byPlace = (a: Problem, b: Problem): number =>
  a.place.line - b.place.line || a.place.column - b.place.column

/** The refusal of a scenario. Its detail holds the place of the first problem, and all of them. */
export function badScenario(found: readonly Problem[], cause?: unknown): HotplugError {
  const problems = found.toSorted(byPlace)
  const lines = problems
    .slice(0, PROBLEM_LIMIT)
    .map(({ place, message }) => `${formatPlace(place)}: ${message}`)
  const hidden = problems.length - lines.length
  if (hidden > 0) lines.push(`… and ${hidden} more`)
  return new HotplugError('BAD_SCENARIO', 'EINVAL', lines.join('\n'), {
    detail: { ...problems[0]?.place, problems },
    ...(cause === undefined ? {} : { cause }),
  })
}

import type { Session } from '@memhp/trace'
import type { Outcome } from '../session/outcome'
import type { Happenings } from '../session/record'

/** Everything that checks look at after a step. */
export interface Evidence {
  readonly session: Session
  readonly outcome: Outcome
  readonly happenings: Happenings
  /** Pages that the allocator managed before the step. */
  readonly managedPagesBefore: number
}

/** What a check found otherwise than expected. */
export interface Difference {
  readonly what: string
  readonly expected: string
  readonly seen: string
}

/** Nothing where two texts are the same, else the difference. */
export const differing = (difference: Difference): readonly Difference[] =>
  difference.expected === difference.seen ? [] : [difference]

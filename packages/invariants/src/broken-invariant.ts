import { InvariantViolation } from '@memhp/core'

/** What an invariant asks for at one place, and what was found. */
export interface Finding {
  /** A file, a block, a zone, a section: `memory32/online`, `0/Normal present`. */
  readonly place: string
  readonly expected: string
  readonly seen: string
}

/** A numbered invariant of the specification that does not hold. */
export class BrokenInvariant extends InvariantViolation {
  readonly id: string
  readonly finding: Finding

  /** @param id as `listInvariants` names it: `v6.1/9` */
  constructor(id: string, finding: Finding) {
    super(
      `${id} is broken at ${finding.place}: expected ${finding.expected}, seen ${finding.seen}.`,
    )
    this.id = id
    this.finding = finding
  }
}

/** Words of a place, or what puts them together where something is wrong: most checks find nothing. */
type Place = string | (() => string)

const wordsOf = (place: Place): string => (typeof place === 'string' ? place : place())

/** How a check says what must hold. Every method throws `BrokenInvariant` where it does not. */
export interface Expect {
  /** Two values must be the same; lists and records are compared by their content. */
  same(place: Place, values: { readonly expected: unknown; readonly seen: unknown }): void
  /** A condition must hold. @param words what was to be, and what is */
  holds(
    condition: boolean,
    words: { readonly place: Place; readonly expected: string; readonly seen: unknown },
  ): void
}

/** The `Expect` of one invariant. */
export function expectFor(id: string): Expect {
  const fail = (finding: Finding): never => {
    throw new BrokenInvariant(id, finding)
  }
  return {
    same(place, { expected, seen }) {
      if (Object.is(expected, seen) || areSameLists(expected, seen)) return
      const texts = { expected: shown(expected), seen: shown(seen) }
      if (texts.expected !== texts.seen) fail({ place: wordsOf(place), ...texts })
    },
    holds(condition, { place, expected, seen }) {
      if (!condition) fail({ place: wordsOf(place), expected, seen: shown(seen) })
    },
  }
}

/** Whether two values are lists of the same things: those of most checks, whose texts are compared only where they are not. */
const areSameLists = (one: unknown, other: unknown): boolean =>
  Array.isArray(one) &&
  Array.isArray(other) &&
  one.length === other.length &&
  one.every((each, i) => Object.is(each, other[i]))

/** A value as a message shows it. Equal texts are equal values. */
function shown(value: unknown): string {
  if (value instanceof Set) return shown([...value])
  if (value instanceof Map) return shown([...value])
  return JSON.stringify(value) ?? String(value)
}

import type { Machine } from '@memhp/core'
import { type Expect, expectFor } from './broken-invariant'
import type { Look } from './look'
import type { Part } from './parts'
import type { Step } from './step'
import type { StepPart } from './step-parts'

interface InvariantHead {
  /** `v6.1/9`: the ninth of section 8 of the 6.1 specification; `2012/I-17.3`: of the series of 2012. */
  readonly id: string
  /** One sentence. */
  readonly text: string
}

/** Holds at any moment between two operations. */
export interface StateInvariant extends InvariantHead {
  readonly kind: 'state'
  /** The parts of a machine that it speaks of: it is checked again when one of them has changed. */
  readonly of: readonly Part[]
  /** Costs follow what is looked at. @throws BrokenInvariant */
  check(look: Look): void
}

/** Relates what was before an operation to what is after it. */
export interface StepInvariant extends InvariantHead {
  readonly kind: 'step'
  /** What it speaks of: steps without that are not checked. All are where it is left out. */
  readonly of: StepPart | undefined
  /** Says nothing of operations that it is not about. @throws BrokenInvariant */
  check(step: Step): void
}

/** Not decidable from state: the test whose title contains this id covers it. */
export interface TestedInvariant extends InvariantHead {
  readonly kind: 'covered-by-test'
}

/** Cannot be broken here, because what it speaks of is not there. */
export interface InapplicableInvariant extends InvariantHead {
  readonly kind: 'not-applicable'
  readonly reason: string
}

/** One invariant, by the way in which it is checked. */
export type InvariantEntry =
  | StateInvariant
  | StepInvariant
  | TestedInvariant
  | InapplicableInvariant

/** Of which machines an invariant speaks: of all where `when` is left out. */
interface Scope {
  readonly when?: (machine: Machine) => boolean
}

/** A state invariant out of a check that says what it expects. */
export const stateInvariant = (
  rule: InvariantHead &
    Scope & {
      readonly of: readonly Part[]
      readonly look: (look: Look, expect: Expect) => void
    },
): StateInvariant => {
  const { id, text, of, look: checkLook, when } = rule
  const expect = expectFor(id)
  const check = (look: Look): void => {
    if (when?.(look.machine) !== false) checkLook(look, expect)
  }
  return { id, text, kind: 'state', of, check }
}

/** A step invariant out of a check that says what it expects. */
export const stepInvariant = (
  rule: InvariantHead &
    Scope & {
      readonly of?: StepPart
      readonly look: (step: Step, expect: Expect) => void
    },
): StepInvariant => {
  const { id, text, of, look, when } = rule
  const expect = expectFor(id)
  const check = (step: Step): void => {
    if (when?.(step.machine) !== false) look(step, expect)
  }
  return { id, text, kind: 'step', of, check }
}

/** An invariant that a test shows. */
export const coveredByTest = (head: InvariantHead): TestedInvariant => ({
  ...head,
  kind: 'covered-by-test',
})

/** An invariant that cannot be broken here, with the reason. */
export const notApplicable = (
  head: InvariantHead & { readonly reason: string },
): InapplicableInvariant => ({ ...head, kind: 'not-applicable' })

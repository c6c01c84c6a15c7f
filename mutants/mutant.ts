import type { Anchor } from './anchor'

/** A fault that is easily made, and that a test must catch. README.md says how to write one. */
export interface Mutant extends Anchor {
  /** `zone-span-stays`. */
  readonly id: string
  /** What is wrong then, in one sentence. */
  readonly fault: string
  /** Patches of the series of 2012 whose work it undoes: docs/series.md lists it there. */
  readonly patches?: readonly number[]
  /** What takes the place of `from`; nothing for a statement that is left out. */
  readonly to: string
  /** Test files of which at least one test must fail, quickest first, as `testFile` names them. */
  readonly tests: readonly string[]
}

/** How often all of a machine is checked: after each step, or once at the end, and what was written after each step. */
export const WAYS = ['whole', 'written'] as const

/** One of them. */
export type Way = (typeof WAYS)[number]

/** Where it was noticed that something is wrong, and by what: the number of an invariant, or `model` for the model's own checks. */
export interface Notice {
  readonly seed: number
  readonly step: number
  readonly by: string
}

/** What each way noticed of a mutant; null where nothing. */
export type Verdict = Readonly<Record<Way, Notice | null>>

/** What is simulated with each mutant: short runs, since all of the machine is checked after each step of one of them. */
export const SEEDS: readonly number[] = [1, 2, 3]
export const STEPS = 60

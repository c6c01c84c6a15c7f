import type { Reason } from './reason'

/**
 * What is expected of taking a block offline: nothing to do, success, a refusal with an errno, or a kernel that
 * goes on trying for ever because its pages find no room.
 */
export type ExpectedOutcome = 'already-offline' | 'goes' | 'refuses' | 'stalls'

/**
 * How sure that is. `certain`: the kernel checks exactly this. `likely`: nothing that is known speaks against it.
 * `uncertain`: what decides is not known. A running system changes meanwhile, so that even `certain` is about
 * the moment of the capture.
 */
export type Confidence = 'certain' | 'likely' | 'uncertain'

/** The same as adverbs. */
export const CONFIDENCE_WORDS: Readonly<Record<Confidence, string>> = {
  certain: 'for certain',
  likely: 'probably',
  uncertain: 'perhaps',
}

export interface Prediction {
  readonly outcome: ExpectedOutcome
  readonly confidence: Confidence
  /** What decided it, strongest first. */
  readonly reasons: readonly Reason[]
}

/** True where nothing is expected to stand in the way. */
export const isGood = ({ outcome }: Prediction): boolean =>
  outcome === 'goes' || outcome === 'already-offline'

/** True where it may be worth a try: it is expected to go, or its refusal is a guess only. */
export const mayGo = (prediction: Prediction): boolean =>
  isGood(prediction) || (prediction.outcome === 'refuses' && prediction.confidence === 'uncertain')

const OUTCOME_ORDER: Readonly<Record<ExpectedOutcome, number>> = {
  'already-offline': 0,
  goes: 1,
  stalls: 2,
  refuses: 3,
}
const DOUBT: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, uncertain: 2 }

/** Positive where `a` is worse news than `b`. Doubt makes good news worse and bad news better. */
export function compareBadness(a: Prediction, b: Prediction): number {
  const byOutcome = OUTCOME_ORDER[a.outcome] - OUTCOME_ORDER[b.outcome]
  if (byOutcome !== 0) return byOutcome
  const byDoubt = DOUBT[a.confidence] - DOUBT[b.confidence]
  return isGood(a) ? byDoubt : -byDoubt
}

/** The worst of several predictions: what is to be expected of all together. */
export function worstOf(predictions: readonly Prediction[]): Prediction {
  const none: Prediction = { outcome: 'already-offline', confidence: 'certain', reasons: [] }
  return predictions.reduce((worst, next) => (compareBadness(next, worst) > 0 ? next : worst), none)
}

// Tries the input of one seed, and makes it smaller where something is wrong.
import * as fc from 'fast-check'
import type { RunMode } from './carry-out/commands'
import type { FuzzInput, Kind } from './input'
import { INPUTS } from './inputs/index'
import type { Answer } from './worker'
import { ask, BOUNDS, type Outcome, type Worker } from './workers'

/** How long an input is made smaller at most, in ms. */
const SHRINK_MS = 60_000

/** One in this number of inputs of command lines runs as the built command. */
const BUILT_EVERY = 25

/** Something that must not happen, and the smallest input found for it. */
export interface Finding {
  readonly seed: number
  readonly kind: Kind
  readonly mode: RunMode
  readonly problem: string
  readonly input: FuzzInput
}

/** What a seed came to. */
export interface Tried {
  readonly answer: Answer | undefined
  /** Absent where nothing is wrong, and where the same has been found before. */
  readonly finding?: Finding
  /** What tells one problem from another. */
  readonly signature?: string
}

/** A problem that two inputs share: its words without numbers and names of files. */
function signatureOf(problem: string): string {
  const lines = problem.split('\n').filter((line) => !line.startsWith('memhp '))
  const frame = lines.find((line) => /^\s+at /.test(line)) ?? ''
  const words =
    lines.find((line) => line.trim() !== '' && !/^memhp: this is|^Please report/.test(line)) ?? ''
  return `${words.replace(/["'`“][^"'`”]*["'`”]|\d+|\/\S+/g, '·').slice(0, 120)} ${frame.replace(/:\d+:\d+/, '')}`
}

/** What is wrong with an outcome; undefined where nothing is. */
function problemOf(outcome: Outcome): string | undefined {
  if (outcome.kind !== 'answered') return outcome.problem
  const { problem, cpuMs, peakMib } = outcome.answer
  if (problem !== undefined) return problem
  if (cpuMs > BOUNDS.cpuMs) return `${Math.round(cpuMs)} ms of the processor`
  return peakMib > BOUNDS.peakMib ? `${Math.round(peakMib)} MiB of memory` : undefined
}

/** How the input of a seed is run. */
const modeOf = (seed: number): RunMode => (seed % BUILT_EVERY === 0 ? 'built' : 'here')

/**
 * Tries the input of a seed.
 * @param isKnown whether a problem has been found before, and need not be made smaller
 */
export async function trySeed(
  seed: number,
  kind: Kind,
  {
    worker,
    isKnown,
  }: { readonly worker: Worker; readonly isKnown: (signature: string) => boolean },
): Promise<Tried> {
  const mode = modeOf(seed)
  let answer: Answer | undefined
  let wanted: string | undefined
  let problem = ''
  const property = fc.asyncProperty(INPUTS[kind], async (input) => {
    const outcome = await ask(worker, { input, mode })
    if (outcome.kind === 'answered') answer ??= outcome.answer
    const found = problemOf(outcome)
    if (found === undefined) return
    const signature = `${kind}: ${signatureOf(found)}`
    wanted ??= signature
    if (signature !== wanted) return
    problem = found
    throw new Error(found)
  })
  const once = { seed, numRuns: 1 }
  const first = await fc.check(property, { ...once, endOnFailure: true })
  if (!first.failed || wanted === undefined) return { answer }
  if (isKnown(wanted)) return { answer, signature: wanted }
  const input = first.counterexample?.[0]
  const shrunk = await fc.check(property, { ...once, interruptAfterTimeLimit: SHRINK_MS })
  const smallest = shrunk.counterexample?.[0] ?? input
  if (smallest === undefined) return { answer, signature: wanted }
  const note = shrunk.failed ? '' : '\n(a second try of the same input passed)'
  return {
    answer,
    signature: wanted,
    finding: { seed, kind, mode, problem: problem + note, input: smallest },
  }
}

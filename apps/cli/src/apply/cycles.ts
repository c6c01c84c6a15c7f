import { collectCapture } from '@memhp/capture'
import { isHotplugError } from '@memhp/core'
import { writeCaptureFile } from '@memhp/host'
import {
  type Execution,
  type ExecutionOutcome,
  hasFailed,
  type JournalEntry,
  type Plan,
  type Progress,
} from '@memhp/planner'
import manifest from '../../package.json' with { type: 'json' }
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import { utcNow } from '../text/utc'
import { carryOut, type RunWish, takeBack } from './carry-out'
import { newJournal, readJournal } from './journals'
import type { Patience } from './patience'
import { entryText, stepText } from './progress'
import type { Target } from './target'

/** How often a plan is carried out and taken back, and what is done about a cycle that fails. */
export interface CyclesWish {
  readonly cycles: number
  /** Go on after a cycle that failed, where everything was put back. */
  readonly isPatient: boolean
  /** Where the machine is kept as it is at the first failure, before anything is put back. */
  readonly snapshot: string | undefined
  /** Of the machine, as `uname -m` prints it there. */
  readonly arch: string | null
  readonly patience: Patience
  readonly context: CliContext
}

/** What became of one step in all cycles. Times in milliseconds; null where it was never done. */
export interface StepStatistics {
  readonly step: string
  readonly done: number
  readonly failed: number
  readonly medianMs: number | null
  readonly longestMs: number | null
}

/** A cycle that did not end as it began. */
export interface FailedCycle {
  /** From 1. */
  readonly cycle: number
  readonly outcome: Exclude<ExecutionOutcome, 'done'> | 'not-put-back'
  readonly why: string
  /** What was left; empty where everything was put back. */
  readonly leftovers: readonly string[]
  readonly journal: string
}

/** What all cycles came to. */
export interface CyclesReport {
  readonly wanted: number
  /** Cycles that were carried out and taken back. */
  readonly done: number
  readonly steps: readonly StepStatistics[]
  readonly failures: readonly FailedCycle[]
  /** The file that has the machine as it was at the first failure; null where there is none. */
  readonly snapshot: string | null
}

/** How long steps took, and how often they failed. */
class Tally {
  readonly #times: number[][]
  readonly #failed: number[]
  #begun = 0

  constructor({ steps }: Plan) {
    this.#times = steps.map(() => [])
    this.#failed = steps.map(() => 0)
  }

  /** Told of what a run does. */
  hear(progress: Progress): void {
    if (progress.kind === 'step') this.#begun = performance.now()
    if (progress.kind !== 'result') return
    const { index, entry } = progress
    if (hasFailed(entry)) this.#failed[index] = (this.#failed[index] ?? 0) + 1
    else this.#times[index]?.push(performance.now() - this.#begun)
  }

  of({ steps }: Plan): readonly StepStatistics[] {
    return steps.map((step, index) => {
      const times = (this.#times[index] ?? []).toSorted((a, b) => a - b)
      return {
        step: stepText(step),
        done: times.length,
        failed: this.#failed[index] ?? 0,
        medianMs: times[Math.floor(times.length / 2)] ?? null,
        longestMs: times.at(-1) ?? null,
      }
    })
  }
}

const MOST_LOG_LINES = 20

/** Keeps the machine as it is at the first step that fails, before anything is put back. */
class Snapshot {
  readonly #target: Target
  readonly #wish: CyclesWish
  #isTried = false
  /** The file; null as long as none was written. */
  file: string | null = null

  constructor(target: Target, wish: CyclesWish) {
    this.#target = target
    this.#wish = wish
  }

  /** Told of what a run does, which goes on, and is told, also where no snapshot can be taken. */
  async hear(progress: Progress): Promise<void> {
    const { snapshot, context } = this.#wish
    if (snapshot === undefined || this.#isTried) return
    if (progress.kind !== 'result' || !hasFailed(progress.entry)) return
    this.#isTried = true
    try {
      await this.#take(snapshot, progress.entry)
    } catch (error) {
      if (!(error instanceof CliError || isHotplugError(error))) throw error
      context.warn(`memhp: ${error.message}: there is no snapshot`)
    }
  }

  async #take(snapshot: string, entry: JournalEntry): Promise<void> {
    const { arch } = this.#wish
    const log = (await this.#target.kernelLog()).slice(-MOST_LOG_LINES)
    const notes = [entryText(entry), ...log].join('\n')
    const tool = `memhp ${manifest.version}`
    const taken = await collectCapture(this.#target.tree, {
      tool,
      takenAt: utcNow(),
      notes,
      ...(arch === null ? {} : { arch }),
    })
    await withFile(snapshot, async () => writeCaptureFile(snapshot, taken, { force: true }))
    this.file = snapshot
  }
}

/** How a cycle failed, and what it left. */
type Failure = Omit<FailedCycle, 'cycle' | 'journal'>

/** How a run failed; undefined for one that is done. */
function failureOf({
  outcome,
  journal,
  leftovers,
  inconsistencies,
}: Execution): Failure | undefined {
  if (outcome === 'done') return undefined
  const failed = journal.findLast(hasFailed)
  const told = inconsistencies.map(({ message }) => message).join(' ')
  const why = failed === undefined ? told || outcome : entryText(failed)
  return { outcome, why, leftovers }
}

/** Carries a plan out and takes it back. @returns how that failed; undefined where it did not */
async function runCycle(target: Target, plan: Plan, wish: RunWish): Promise<Failure | undefined> {
  const execution = await carryOut(target, plan, wish)
  const failure = failureOf(execution)
  // Of a run that went to its end nothing was put back, whatever contradicts it.
  if (failure !== undefined && execution.inconsistencies.length === 0) return failure
  const { recorded } = await readJournal(wish.journal)
  const { leftovers } = await takeBack(target, recorded, wish)
  if (failure !== undefined) return { ...failure, leftovers }
  if (leftovers.length === 0) return undefined
  return { outcome: 'not-put-back', why: leftovers.join(' '), leftovers }
}

/** The same context, whose progress tells the cycle. */
function ofCycle(context: CliContext, cycle: string): CliContext {
  const { progress, milestone } = context
  return {
    ...context,
    progress: (text) => progress(text === '' ? '' : `${cycle} ${text}`),
    milestone: (line) => milestone(`${cycle} ${line}`),
  }
}

/** Whether another cycle would begin with the machine as it was. */
const goesOn = ({ outcome, leftovers }: Failure, { isPatient }: CyclesWish): boolean =>
  isPatient && leftovers.length === 0 && outcome !== 'interrupted' && outcome !== 'unrecorded'

/**
 * Carries a plan out and takes it back, again and again, each time with a journal, until a cycle fails. A machine that is not as it
 * was ends it, whatever is wished.
 * @returns what the cycles came to; `thrown` has what ended them, where that is not a step: a lock that another holds
 */
export async function runCycles(
  target: Target,
  plan: Plan,
  wish: CyclesWish,
): Promise<{ readonly report: CyclesReport; readonly thrown: readonly unknown[] }> {
  const { cycles, patience, context } = wish
  const tally = new Tally(plan)
  const snapshot = new Snapshot(target, wish)
  const heard = async (progress: Progress): Promise<void> => {
    tally.hear(progress)
    await snapshot.hear(progress)
  }
  const interrupt = context.interruptSignal()
  const failures: FailedCycle[] = []
  let done = 0
  const report = (): CyclesReport => ({
    wanted: cycles,
    done,
    steps: tally.of(plan),
    failures,
    snapshot: snapshot.file,
  })
  try {
    for (let cycle = 1; cycle <= cycles && !interrupt.aborted; cycle++) {
      const journal = await newJournal(context)
      const told = ofCycle(context, `cycle ${cycle} of ${cycles}:`)
      const failure = await runCycle(target, plan, { journal, patience, context: told, heard })
      if (failure === undefined) done += 1
      else failures.push({ cycle, journal, ...failure })
      if (failure !== undefined && !goesOn(failure, wish)) break
    }
    return { report: report(), thrown: [] }
  } catch (error) {
    return { report: report(), thrown: [error] }
  }
}

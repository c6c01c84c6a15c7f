import type { Awaitable } from '@memhp/core'
import type { Dialects } from '@memhp/topology'
import type { PlanStep } from '../plan/plan'
import type { JournalSink } from './durable-journal'
import type { JournalEntry } from './journal'

/** News of a run. `index` counts steps from 0. */
export type Progress =
  | {
      readonly kind: 'step'
      readonly index: number
      readonly total: number
      readonly step: PlanStep
    }
  | {
      readonly kind: 'result'
      readonly index: number
      readonly total: number
      readonly entry: JournalEntry
    }
  /** What was done is being undone. */
  | { readonly kind: 'undo' }

/** A removal that has been asked for and has not happened yet. */
export interface Waiting {
  readonly step: Extract<PlanStep, { kind: 'remove' }>
  /** How often it was looked at before, from 0. */
  readonly attempt: number
  /** Blocks that are still there. Fewer than last time is progress. */
  readonly left: readonly number[]
}

/** What a run is given besides tree and plan. */
export interface ExecuteOptions {
  /** Keeps the journal beyond the process, line by line. What it throws ends the run, before the next write. */
  readonly sink?: JournalSink
  /** Looked at between steps: an `AbortSignal`, or anything like it. */
  readonly signal?: { readonly aborted: boolean }
  /** What it throws the caller gets when the run is over: it changes nothing of that. */
  readonly onProgress?: (progress: Progress) => void
  /**
   * Lets time pass while a removal runs: waits on a live host, runs the work queue of a machine. `again` looks once
   * more afterwards, `enough` gives up if the blocks are then still there. Default: `enough`, without waiting. One that throws has
   * given up; its caller gets the error when the run is over.
   */
  readonly settle?: (waiting: Waiting) => Awaitable<'again' | 'enough'>
  /** Of the firmware that the tree is read with in the end; default: of all that @memhp/platforms lists. */
  readonly dialects?: Dialects | undefined
}

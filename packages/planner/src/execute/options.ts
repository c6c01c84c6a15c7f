import type { Awaitable } from '@memhp/core'
import type { Dialects } from '@memhp/topology'
import type { PlanStep } from '../plan/plan'
import type { JournalSink } from './durable-journal'
import type { JournalEntry, UndoWrite } from './journal'
import type { RunAbout } from './journal-record'

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
  /** An entry is undone next: `index` of `total` writes. */
  | {
      readonly kind: 'undoing'
      readonly index: number
      readonly total: number
      readonly write: UndoWrite
    }

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
  /** Keeps the journal beyond the process, line by line. Where it throws, no further step is taken, and what was done is undone. */
  readonly sink?: JournalSink
  /** Kept at the head of the journal. */
  readonly about?: RunAbout
  /** Looked at between steps, and where a write was cut short (EINTR): an `AbortSignal`, or anything like it. */
  readonly signal?: { readonly aborted: boolean }
  /** The run waits for it. What it throws the caller gets when the run is over: it changes nothing of that. */
  readonly onProgress?: (progress: Progress) => Awaitable<void>
  /**
   * Lets time pass while a removal runs: waits on a live host, runs the work queue of a machine. `again` looks once
   * more afterwards, `enough` gives up if the blocks are then still there. Default: `enough`, without waiting. One that throws has
   * given up; its caller gets the error when the run is over.
   */
  readonly settle?: (waiting: Waiting) => Awaitable<'again' | 'enough'>
  /** Of the firmware that the tree is read with in the end; default: of all that @memhp/platforms lists. */
  readonly dialects?: Dialects | undefined
}

import type { Errno, ErrorCode, ErrorDetail } from '@memhp/core'
import type { PlanStep } from '../plan/plan'
import type { Inconsistency } from './inconsistency'

/** What became of one write. */
export type StepResult =
  | { readonly kind: 'done' }
  /** Nothing to do: it is as the step would have made it. */
  | { readonly kind: 'skipped'; readonly why: string }
  /** The tree refused the write. */
  | {
      readonly kind: 'refused'
      readonly errno: Errno
      readonly code: ErrorCode
      readonly message: string
      readonly detail: ErrorDetail
    }
  /** The write was accepted, and what the tree then shows contradicts it. */
  | { readonly kind: 'inconsistent'; readonly found: readonly Inconsistency[] }

const missing = (code: ErrorCode, message: string): StepResult => ({
  kind: 'refused',
  errno: 'ENOENT',
  code,
  message,
  detail: {},
})

/** Of a block that was to be changed. */
export const GONE: StepResult = missing(
  'NO_SUCH_BLOCK',
  'The block is not there: the plan is of another moment.',
)

/** Of a setting that this kernel does not have. */
export const GONE_FILE: StepResult = missing('NO_SUCH_FILE', 'This kernel has no such setting.')

/** How a block was before it was touched: what undoing puts back. */
export interface BlockBefore {
  readonly state: string
  /** Zone that it was in; null for a block that was not online or had no single zone. */
  readonly zone: string | null
}

/** A write that puts back what a step changed. */
export interface UndoWrite {
  readonly path: string
  /** `online_movable`, `online_kernel`, or what asks firmware for a device. */
  readonly text: string
}

/** One line of the journal: a step that was tried. */
export interface JournalEntry {
  /** From 0, without gaps; undoing goes on counting. */
  readonly index: number
  readonly step: PlanStep
  /** Null for a removal. */
  readonly before: BlockBefore | null
  readonly result: StepResult
  /** Null where nothing changed, and where nothing can be asked to bring it back. */
  readonly undo: UndoWrite | null
}

/** What became of a step that was tried, and what takes that back. */
export type Tried = Pick<JournalEntry, 'result' | 'undo'>

/** One line of the journal: a step that was undone, or could not be. */
export interface UndoEntry {
  readonly index: number
  /** `index` of the entry that it undoes. */
  readonly undoes: number
  readonly write: UndoWrite
  readonly result: StepResult
}

/** How far a run got, and how it ended. */
export type ExecutionOutcome =
  /** Everything that the plan says is true. */
  | 'done'
  /** The tree refused a step. */
  | 'refused'
  /** A file said yes and the tree shows otherwise. */
  | 'inconsistent'
  /** The caller stopped it. */
  | 'interrupted'
  /** The journal could not be kept: what was done is undone, so that nothing is left that no journal tells of. */
  | 'unrecorded'

/** A run of a plan: what was tried, in order, and what became of it. Plain data. */
export interface Execution {
  readonly outcome: ExecutionOutcome
  readonly journal: readonly JournalEntry[]
  /** In the order in which it was undone; empty where nothing had to be. */
  readonly undone: readonly UndoEntry[]
  /** What could not be put back, and what cannot be undone any more, as sentences. */
  readonly leftovers: readonly string[]
  /** What the last look at the tree found against the plan's expectation; empty when it holds. */
  readonly inconsistencies: readonly Inconsistency[]
  /** What the sink of the journal threw; absent where it threw nothing. */
  readonly unrecorded?: unknown
}

/** Whether a step was tried in vain. */
export const hasFailed = ({ result }: Pick<JournalEntry, 'result'>): boolean =>
  result.kind === 'refused' || result.kind === 'inconsistent'

/** The entry at which a run ended badly; undefined for one that did not, or was stopped between steps. */
export const failedEntry = ({ journal }: Pick<Execution, 'journal'>): JournalEntry | undefined =>
  journal.find(hasFailed)

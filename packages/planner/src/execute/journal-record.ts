import type { Plan, PlanStep } from '../plan/plan'
import type { BlockBefore, ExecutionOutcome, JournalEntry, UndoEntry, UndoWrite } from './journal'

/** What a journal tells of its run besides the plan. Plain data. */
export interface RunAbout {
  /** What carries the plan out: `memhp 0.1.0`. */
  readonly tool: string
  /** When, in UTC. */
  readonly startedAt: string
  /** The machine, as messages name it. */
  readonly machine: string
  /** How the caller reaches it again: the caller's, kept as it is. */
  readonly target: unknown
  /** Changes when the machine starts anew; null where it does not tell. */
  readonly bootId: string | null
}

/** Why steps are being undone: how the run ended, or `asked`. */
export type RollbackCause = Exclude<ExecutionOutcome, 'done'> | 'asked'

/** How a run ended, as its journal has it: `undone` once it was done and then taken back. */
export type RecordedOutcome = ExecutionOutcome | 'undone'

/** One line of a durable journal, as JSON. */
export type JournalRecord =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly about?: RunAbout }
  /** The step's write comes next. */
  | {
      readonly kind: 'step'
      readonly index: number
      readonly step: PlanStep
      /** Null for a removal, and where there is no such block. */
      readonly before: BlockBefore | null
    }
  | { readonly kind: 'result'; readonly entry: JournalEntry }
  /** From here on steps are undone. */
  | { readonly kind: 'rollback'; readonly because: RollbackCause }
  /** The write that undoes an entry comes next. */
  | { readonly kind: 'undoing'; readonly undoes: number; readonly write: UndoWrite }
  | { readonly kind: 'undone'; readonly entry: UndoEntry }
  | { readonly kind: 'end'; readonly outcome: RecordedOutcome }

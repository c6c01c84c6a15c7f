import { type Awaitable, HotplugError } from '@memhp/core'
import type { Plan, PlanStep } from '../plan/plan'
import type { ExecutionOutcome, JournalEntry, UndoEntry } from './journal'

/**
 * Where the lines of a journal go, one after the other: a file that is only appended to, as `openLineFile` of
 * @memhp/host opens it. The next write to the tree waits until the line before it is kept.
 */
export interface JournalSink {
  /** @param line with its newline */
  append(line: string): Awaitable<unknown>
}

/** One line of a durable journal, as JSON. */
export type JournalRecord =
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** The step's write comes next. */
  | { readonly kind: 'step'; readonly index: number; readonly step: PlanStep }
  | { readonly kind: 'result'; readonly entry: JournalEntry }
  | { readonly kind: 'undone'; readonly entry: UndoEntry }
  | { readonly kind: 'end'; readonly outcome: ExecutionOutcome }

/** A run as its durable journal tells of it. */
export interface RecordedRun {
  readonly plan: Plan
  readonly journal: readonly JournalEntry[]
  readonly undone: readonly UndoEntry[]
  /** A step that had begun, and of which no result was kept: the tree alone tells whether it happened. */
  readonly pending: PlanStep | null
  /** Null for a run that was cut short. */
  readonly outcome: ExecutionOutcome | null
}

/** Appends a record to a sink, where there is one. */
export async function record(sink: JournalSink | undefined, entry: JournalRecord): Promise<void> {
  await sink?.append(`${JSON.stringify(entry)}\n`)
}

function damaged(line: number, what: string): HotplugError {
  return new HotplugError('BAD_ARGUMENT', 'EINVAL', `journal: line ${line}: ${what}`, {
    detail: { line },
  })
}

function parseLine(text: string, line: number): JournalRecord {
  try {
    // What this package wrote; a damaged line is refused below.
    return JSON.parse(text) as JournalRecord
  } catch {
    throw damaged(line, 'is not JSON')
  }
}

/**
 * Reads a durable journal. What it tells can be undone by `undoJournal`. A last line without its newline was cut off in
 * the midst of being written, and is left out.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for a text that does not begin with a plan, or has a damaged line
 */
export function parseJournal(text: string): RecordedRun {
  const lines = text.split('\n').slice(0, -1)
  const [first, ...records] = lines.map((line, i) => parseLine(line, i + 1))
  if (first?.kind !== 'plan') throw damaged(1, 'is not a plan')
  const journal = records.flatMap((each) => (each.kind === 'result' ? [each.entry] : []))
  const undone = records.flatMap((each) => (each.kind === 'undone' ? [each.entry] : []))
  const begun = records.findLast((each) => each.kind === 'step')
  const end = records.findLast((each) => each.kind === 'end')
  const isPending = begun !== undefined && begun.index >= journal.length
  return {
    plan: first.plan,
    journal,
    undone,
    pending: isPending ? begun.step : null,
    outcome: end?.outcome ?? null,
  }
}

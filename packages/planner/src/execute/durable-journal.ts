import { type Awaitable, HotplugError } from '@memhp/core'
import { type ShapesByKind, shapeFault, shapeOfKind } from '@memhp/core/plugin'
import type { Plan, PlanStep } from '../plan/plan'
import type { BlockBefore, JournalEntry, UndoEntry } from './journal'
import type { JournalRecord, RecordedOutcome, RollbackCause, RunAbout } from './journal-record'
import { journalShapes } from './journal-shape'
import { strangeWrite } from './strange-write'

/**
 * Where the lines of a journal go, one after the other: a file that is only appended to, as `openLineFile` of
 * @memhp/host opens it. The next write to the tree waits until the line before it is kept.
 */
export interface JournalSink {
  /** @param line with its newline */
  append(line: string): Awaitable<unknown>
}

/** A step that had begun, and of which no result was kept: the tree alone tells whether it happened. */
export interface PendingStep {
  readonly index: number
  readonly step: PlanStep
  readonly before: BlockBefore | null
}

/** A run as its durable journal tells of it. */
export interface RecordedRun {
  readonly plan: Plan
  readonly about: RunAbout | null
  readonly journal: readonly JournalEntry[]
  readonly undone: readonly UndoEntry[]
  readonly pending: PendingStep | null
  /** Why steps were being undone, last; null for a run that went forward to its end, or to where it was cut short. */
  readonly rollback: RollbackCause | null
  /** Null for a run that was cut short. */
  readonly outcome: RecordedOutcome | null
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

function jsonOf(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(line, 'is not JSON')
  }
}

function parseLine(text: string, line: number, shapes: ShapesByKind<JournalRecord>): JournalRecord {
  const value = jsonOf(text, line)
  const shape = shapeOfKind(value, shapes)
  if (shape === undefined) throw damaged(line, 'is not a line of a journal')
  const fault = shapeFault(shape, value)
  if (fault !== undefined) throw damaged(line, `${fault.keys.join('.')} ${fault.message}`)
  const record = value as JournalRecord
  const strange = strangeWrite(record)
  if (strange !== undefined) throw damaged(line, strange)
  return record
}

/**
 * Reads a durable journal. What it tells can be undone by `undoJournal`. A last line without its newline was cut off in
 * the midst of being written, and is left out.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for a text that does not begin with a plan, or has a damaged line
 */
export function parseJournal(text: string): RecordedRun {
  const lines = text.split('\n').slice(0, -1)
  const shapes = journalShapes()
  const [first, ...records] = lines.map((line, i) => parseLine(line, i + 1, shapes))
  if (first?.kind !== 'plan') throw damaged(1, 'is not a plan')
  const journal = records.flatMap((each) => (each.kind === 'result' ? [each.entry] : []))
  const undone = records.flatMap((each) => (each.kind === 'undone' ? [each.entry] : []))
  const begun = records.findLast((each) => each.kind === 'step')
  const rollback = records.findLast((each) => each.kind === 'rollback')
  const last = records.at(-1)
  const isPending = begun !== undefined && begun.index >= journal.length
  return {
    plan: first.plan,
    about: first.about ?? null,
    journal,
    undone,
    pending: isPending ? { index: begun.index, step: begun.step, before: begun.before } : null,
    rollback: rollback?.because ?? null,
    outcome: last?.kind === 'end' ? last.outcome : null,
  }
}

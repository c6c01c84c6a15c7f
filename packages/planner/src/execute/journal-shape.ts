import type { Errno, ErrorCode, ErrorDetail } from '@memhp/core'
import {
  checkedShape,
  choiceShape,
  listShape,
  nullableShape,
  objectShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import {
  anyGoal,
  anyStep,
  firmwareWrite,
  kindsShape,
  planShape,
  type ShapesByKind,
} from '../file/plan-shape'
import type { Inconsistency } from './inconsistency'
import type { BlockBefore, JournalEntry, StepResult, UndoEntry } from './journal'
import type { JournalRecord, RunAbout } from './journal-record'

/** A text that is written, or shown, as it is. */
const text = textShape()
const count = wholeShape()

/** Words that the compiler tells from others. */
const word = <T extends string>(): Shape<T> => text as unknown as Shape<T>

type OfKind<T, K> = Extract<T, { readonly kind: K }>

const resultShape = (): Shape<StepResult> =>
  kindsShape<StepResult>('what became of a step', {
    done: recordShape<OfKind<StepResult, 'done'>>({ kind: choiceShape('done') }) as Shape<never>,
    skipped: recordShape<OfKind<StepResult, 'skipped'>>({
      kind: choiceShape('skipped'),
      why: text,
    }) as Shape<never>,
    refused: recordShape<OfKind<StepResult, 'refused'>>({
      kind: choiceShape('refused'),
      errno: word<Errno>(),
      code: word<ErrorCode>(),
      message: text,
      detail: objectShape<ErrorDetail>(),
    }) as Shape<never>,
    inconsistent: recordShape<OfKind<StepResult, 'inconsistent'>>({
      kind: choiceShape('inconsistent'),
      found: listShape(recordShape<Inconsistency>({ kind: word(), path: text, message: text })),
    }) as Shape<never>,
  })

const before = nullableShape(recordShape<BlockBefore>({ state: text, zone: nullableShape(text) }))

/** What lines of a journal must be, by their `kind`. */
export function journalShapes(): ShapesByKind<JournalRecord['kind']> {
  const [step, result] = [anyStep(), resultShape()]
  const undone = recordShape<UndoEntry>({
    index: count,
    undoes: count,
    write: firmwareWrite,
    result,
  })
  const entry = recordShape<JournalEntry>({
    index: count,
    step,
    before,
    result,
    undo: nullableShape(firmwareWrite),
  })
  const about = recordShape<RunAbout>({
    tool: text,
    startedAt: text,
    machine: text,
    // The caller's.
    target: checkedShape('anything', () => true),
    bootId: nullableShape(text),
  })
  const plan = planShape({ goal: anyGoal(), step })
  return {
    plan: recordShape<OfKind<JournalRecord, 'plan'>>({
      kind: choiceShape('plan'),
      plan,
      about: optionalShape(about),
    }) as Shape<never>,
    step: recordShape<OfKind<JournalRecord, 'step'>>({
      kind: choiceShape('step'),
      index: count,
      step,
      before,
    }) as Shape<never>,
    result: recordShape<OfKind<JournalRecord, 'result'>>({
      kind: choiceShape('result'),
      entry,
    }) as Shape<never>,
    rollback: recordShape<OfKind<JournalRecord, 'rollback'>>({
      kind: choiceShape('rollback'),
      because: word(),
    }) as Shape<never>,
    undoing: recordShape<OfKind<JournalRecord, 'undoing'>>({
      kind: choiceShape('undoing'),
      undoes: count,
      write: firmwareWrite,
    }) as Shape<never>,
    undone: recordShape<OfKind<JournalRecord, 'undone'>>({
      kind: choiceShape('undone'),
      entry: undone,
    }) as Shape<never>,
    end: recordShape<OfKind<JournalRecord, 'end'>>({
      kind: choiceShape('end'),
      outcome: word(),
    }) as Shape<never>,
  }
}

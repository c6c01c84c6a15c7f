import type { Errno, ErrorCode, ErrorDetail } from '@memhp/core'
import {
  checkedShape,
  kindsShape,
  listShape,
  nullableShape,
  objectShape,
  optionalShape,
  recordShape,
  type Shape,
  type ShapesByKind,
  shapesByKind,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import { anyGoal, anyStep, firmwareWrite, planShape } from '../file/plan-shape'
import type { Inconsistency } from './inconsistency'
import type { BlockBefore, JournalEntry, StepResult, UndoEntry } from './journal'
import type { JournalRecord, RunAbout } from './journal-record'

/** A text that is written, or shown, as it is. */
const text = textShape()
const count = wholeShape()

/** Words that the compiler tells from others. */
const word = <T extends string>(): Shape<T> => text as unknown as Shape<T>

const resultShape = (): Shape<StepResult> =>
  kindsShape(
    'what became of a step',
    shapesByKind<StepResult>({
      done: {},
      skipped: { why: text },
      refused: {
        errno: word<Errno>(),
        code: word<ErrorCode>(),
        message: text,
        detail: objectShape<ErrorDetail>(),
      },
      inconsistent: {
        found: listShape(recordShape<Inconsistency>({ kind: word(), path: text, message: text })),
      },
    }),
  )

const before = nullableShape(recordShape<BlockBefore>({ state: text, zone: nullableShape(text) }))

/** What lines of a journal must be, by their `kind`. */
export function journalShapes(): ShapesByKind<JournalRecord> {
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
  return shapesByKind<JournalRecord>({
    plan: { plan, about: optionalShape(about) },
    step: { index: count, step, before },
    result: { entry },
    rollback: { because: word() },
    undoing: { undoes: count, write: firmwareWrite },
    undone: { entry: undone },
    end: { outcome: word() },
  })
}

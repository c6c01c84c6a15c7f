import { blockFile } from '@memhp/kernel-files'
import type { PlanStep } from '../plan/plan'
import type { UndoWrite } from './journal'
import type { JournalRecord } from './journal-record'

/** A step of a line of a journal, with what undoes it where that is told. */
interface ToldStep {
  readonly step: PlanStep
  readonly undo?: UndoWrite | null
}

function stepsOf(record: JournalRecord): readonly ToldStep[] {
  if (record.kind === 'plan') return record.plan.steps.map((step) => ({ step }))
  if (record.kind === 'step') return [record]
  return record.kind === 'result' ? [record.entry] : []
}

/** The file that a step is for. What removes or resizes a device has the one that its driver names. */
const fileOf = (step: PlanStep): string =>
  step.kind === 'offline' || step.kind === 'online' ? blockFile(step.block, 'state') : step.path

function strangeIn({ step, undo = null }: ToldStep): string | undefined {
  const path = fileOf(step)
  if (step.path !== path) return `what is for ${path} is written to ${step.path}`
  // Firmware may be asked for a device again elsewhere.
  if (undo === null || step.kind === 'remove' || undo.path === path) return undefined
  return `what was written to ${path} is undone in ${undo.path}`
}

/**
 * Finds in a line of a journal a write to another file than that of its step. Root carries a journal out, so that one that was changed
 * must not lead elsewhere.
 * @returns what is wrong; undefined where nothing is
 */
export function strangeWrite(record: JournalRecord): string | undefined {
  for (const told of stepsOf(record)) {
    const strange = strangeIn(told)
    if (strange !== undefined) return strange
  }
  return undefined
}

import type { FileTree } from '@memhp/core'
import { throwAll } from '@memhp/core/plugin'
import { readBlock, readWord } from './block-files'
import { undoOnline } from './bring-online'
import type { PendingStep, RecordedRun } from './durable-journal'
import { carryOn } from './execute-plan'
import type { Execution, JournalEntry } from './journal'
import type { ExecuteOptions } from './options'
import { resizedSoFar } from './resize'
import { rollBack } from './rollback'
import { keep, type Run } from './run'
import { undoWriteFor } from './take-offline'
import type { Undoing } from './undo'
import { blocksStillThere } from './verify'

/**
 * What the tree tells of a step whose result was not kept; undefined where it did not happen, and for a request that is only
 * to be made once more.
 */
async function entryOf(
  tree: FileTree,
  { index, step, before }: PendingStep,
  isTakenBack: boolean,
): Promise<JournalEntry | undefined> {
  if (step.kind === 'resize') {
    const result = await resizedSoFar(tree, step)
    if (result.kind !== 'done' && !isTakenBack) return undefined
    return { index, step, before: null, result, undo: step.undo }
  }
  if (step.kind === 'remove') {
    const left = await blocksStillThere(tree, step.blocks)
    if (left.length > 0 || step.blocks.length === 0) return undefined
    return { index, step, before: null, result: { kind: 'done' }, undo: step.undo }
  }
  if (step.kind === 'set') {
    const { path, text, from } = step
    if ((await readWord(tree, path)) !== text) return undefined
    return { index, step, before, result: { kind: 'done' }, undo: { path, text: from } }
  }
  const now = await readBlock(tree, step.block)
  const done = { kind: 'done' } as const
  if (step.kind === 'online') {
    if (before?.state === 'online' || now?.state !== 'online') return undefined
    return { index, step, before, result: done, undo: undoOnline(step) }
  }
  if (before?.state !== 'online' || now?.state !== 'offline') return undefined
  return { index, step, before, result: done, undo: undoWriteFor(step.block, before) }
}

/** Takes a run over from its journal. A step that had begun is looked for in the tree, and kept as it went. */
async function takeOver(
  tree: FileTree,
  recorded: RecordedRun,
  options: ExecuteOptions,
  { isTakenBack }: { readonly isTakenBack: boolean },
): Promise<Run> {
  const { plan, pending, undone } = recorded
  const journal = [...recorded.journal]
  const run: Run = { tree, plan, options, journal, undone, thrown: [] }
  const entry = pending === null ? undefined : await entryOf(tree, pending, isTakenBack)
  if (entry !== undefined) {
    journal.push(entry)
    await keep(run, { kind: 'result', entry })
  }
  return run
}

/**
 * Goes on with a run that was cut short, from its journal: with the next step, or with the undoing that had begun. Of a step that
 * had begun the tree tells whether it happened. The sink is to append to the same journal.
 * @throws as `executePlan`; Unrecorded where the journal cannot be kept before anything is done
 */
export async function resumeRun(
  tree: FileTree,
  recorded: RecordedRun,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const run = await takeOver(tree, recorded, options, { isTakenBack: false })
  const execution = await goOn(run, recorded)
  throwAll(run.thrown)
  return execution
}

async function goOn(run: Run, { rollback, outcome }: RecordedRun): Promise<Execution> {
  const isUndoing = rollback !== null && outcome === null
  if (!isUndoing) return carryOn(run, async () => {})
  const undoing = await rollBack(run, rollback)
  const { journal } = run
  const ended = rollback === 'asked' ? 'interrupted' : rollback
  return { outcome: ended, journal, inconsistencies: [], ...undoing }
}

/**
 * Takes back what a run did, as far as it can be, whether it is done or was cut short. The sink is to append to the same journal.
 * @throws as `resumeRun`
 */
export async function undoRun(
  tree: FileTree,
  recorded: RecordedRun,
  options: ExecuteOptions = {},
): Promise<Undoing & Pick<Execution, 'unrecorded'>> {
  const run = await takeOver(tree, recorded, options, { isTakenBack: true })
  const undoing = await rollBack(run, 'asked')
  throwAll(run.thrown)
  return undoing
}

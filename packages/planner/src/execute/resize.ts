import type { FileTree } from '@memhp/core'
import type { ResizeStep } from '../plan/plan'
import { sizeFile } from '../plan/resizable'
import { readWord, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import type { JournalEntry, StepResult } from './journal'
import type { Run } from './run'
import { lookBefore, memTotalFell } from './truth'

/** Bytes that a device has, by its hypervisor; undefined where that does not say. */
async function sizeOf(tree: FileTree, { name }: ResizeStep): Promise<number | undefined> {
  const text = await readWord(tree, sizeFile(name))
  return text === undefined ? undefined : Number(text)
}

/** What contradicts that a device has the size that was asked for. */
export async function sizeTruth(
  tree: FileTree,
  step: ResizeStep,
  wanted: number,
): Promise<readonly Inconsistency[]> {
  const size = await sizeOf(tree, step)
  if (size === undefined || size === wanted) return []
  const message = `${step.name} is to have ${wanted} bytes, and has ${size}.`
  return [{ kind: 'size-differs', path: sizeFile(step.name), message }]
}

/** Asks for another size. Whatever comes of it, the size that was asked for before is asked for where it is undone. */
export async function resize(run: Run, step: ResizeStep): Promise<JournalEntry> {
  const { tree, plan, journal } = run
  const entry = (result: StepResult): JournalEntry => ({
    index: journal.length,
    step,
    before: null,
    result,
    undo: step.undo,
  })
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, step)
  if (written.kind !== 'done') return entry(written)
  const takesOnline = plan.blocks.some(({ state }) => state === 'online')
  const found = [
    ...(await sizeTruth(tree, step, step.toBytes)),
    ...(takesOnline ? await memTotalFell(tree, step.name, seen) : []),
  ]
  return entry(found.length === 0 ? written : { kind: 'inconsistent', found })
}

/** What became of a step that was cut short: the hypervisor tells how far it got. */
export async function resizedSoFar(tree: FileTree, step: ResizeStep): Promise<StepResult> {
  const isDone = (await sizeOf(tree, step)) === step.toBytes
  if (isDone) return { kind: 'done' }
  const message = 'It was cut short.'
  return { kind: 'refused', errno: 'EINTR', code: 'OFFLINE_STALLED', message, detail: {} }
}

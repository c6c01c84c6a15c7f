import type { Awaitable, FileTree } from '@memhp/core'
import type { Plan } from '../plan/plan'
import { record } from './durable-journal'
import type { JournalEntry, UndoEntry } from './journal'
import type { JournalRecord } from './journal-record'
import type { ExecuteOptions, Progress } from './options'

/** A run that is under way. */
export interface Run {
  readonly tree: FileTree
  readonly plan: Plan
  readonly options: ExecuteOptions
  readonly journal: JournalEntry[]
  /** What was undone before this process took the run over. */
  readonly undone: readonly UndoEntry[]
  /** What callbacks threw. The caller gets it when the run is over, so that the tree is not left in the middle of one. */
  readonly thrown: unknown[]
}

/** The journal could not be kept. */
export class Unrecorded extends Error {
  override readonly name = 'Unrecorded'
}

/** Keeps a record. @throws Unrecorded with what the sink threw as its cause */
export async function keep({ options }: Run, entry: JournalRecord): Promise<void> {
  try {
    await record(options.sink, entry)
  } catch (cause) {
    throw new Unrecorded('the journal cannot be kept', { cause })
  }
}

/** @returns undefined where the callback throws */
export async function call<T>(
  { thrown }: Run,
  callback: () => Awaitable<T>,
): Promise<T | undefined> {
  try {
    return await callback()
  } catch (error) {
    thrown.push(error)
    return undefined
  }
}

export const tell = (run: Run, progress: Progress): Promise<void> =>
  call(run, () => run.options.onProgress?.(progress))

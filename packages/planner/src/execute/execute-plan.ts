import type { Awaitable, FileTree } from '@memhp/core'
import { throwAll } from '@memhp/core/plugin'
import { blockDirectory, blockFile } from '@memhp/kernel-files'
import type { Plan, PlanStep } from '../plan/plan'
import { readBlock, readMemTotal, readWord, tryWrite } from './block-files'
import { record } from './durable-journal'
import type { Inconsistency } from './inconsistency'
import type { BlockBefore, Execution, ExecutionOutcome, JournalEntry, StepResult } from './journal'
import type { ExecuteOptions, Progress } from './options'
import { undoJournal, undoWriteFor } from './undo'
import { blocksComeBack, blocksStillThere, verifyPlan } from './verify'

interface Run {
  readonly tree: FileTree
  readonly plan: Plan
  readonly options: ExecuteOptions
  readonly journal: JournalEntry[]
  /** What callbacks threw. The caller gets it when the run is over, so that the tree is not left in the middle of one. */
  readonly thrown: unknown[]
}

/** @returns undefined where the callback throws */
async function call<T>({ thrown }: Run, callback: () => Awaitable<T>): Promise<T | undefined> {
  try {
    return await callback()
  } catch (error) {
    thrown.push(error)
    return undefined
  }
}

const tell = (run: Run, progress: Progress): Promise<void> =>
  call(run, () => run.options.onProgress?.(progress))

type OfflineStep = Extract<PlanStep, { kind: 'offline' }>
type RemoveStep = Extract<PlanStep, { kind: 'remove' }>

const GONE: StepResult = {
  kind: 'refused',
  errno: 'ENOENT',
  code: 'NO_SUCH_BLOCK',
  message: 'The block is not there: the plan is of another moment.',
  detail: {},
}

async function takeOffline(run: Run, step: OfflineStep): Promise<JournalEntry> {
  const { tree, journal } = run
  const before = await readBlock(tree, step.block)
  const entry = (
    result: StepResult,
    was: BlockBefore | null,
    undo: JournalEntry['undo'],
  ): JournalEntry => ({ index: journal.length, step, before: was, result, undo })
  if (before === undefined) return entry(GONE, null, null)
  if (before.state === 'offline') {
    return entry({ kind: 'skipped', why: 'The block is offline already.' }, before, null)
  }
  const written = await tryWrite(tree, step)
  if (written.kind !== 'done') return entry(written, before, null)
  const state = await readWord(tree, blockFile(step.block, 'state'))
  if (state === 'offline') return entry(written, before, undoWriteFor(step.block, before))
  const path = blockFile(step.block, 'state')
  const message = `memory${step.block} accepted “offline” and reads “${state ?? 'nothing'}”.`
  return entry(
    { kind: 'inconsistent', found: [{ kind: 'block-not-offline', path, message }] },
    before,
    null,
  )
}

/** Waits until the blocks have gone, as long as the caller wants to wait. */
async function waitUntilGone(run: Run, step: RemoveStep): Promise<readonly number[]> {
  for (let attempt = 0; ; attempt++) {
    const left = await blocksStillThere(run.tree, step.blocks)
    if (left.length === 0 || run.options.signal?.aborted === true) return left
    const answer = await call(run, () => run.options.settle?.({ step, attempt, left }))
    if (answer !== 'again') return blocksStillThere(run.tree, step.blocks)
  }
}

async function remove(run: Run, step: RemoveStep): Promise<JournalEntry> {
  const { tree, journal } = run
  const entry = (result: StepResult): JournalEntry => ({
    index: journal.length,
    step,
    before: null,
    result,
    undo: result.kind === 'done' ? step.undo : null,
  })
  const back = await blocksComeBack(tree, step.blocks)
  if (back.length > 0) return entry({ kind: 'inconsistent', found: back })
  const written = await tryWrite(tree, step)
  if (written.kind !== 'done') return entry(written)
  const left = await waitUntilGone(run, step)
  if (left.length === 0) return entry(written)
  const found = left.map((block): Inconsistency => {
    const message = `${step.path} accepted “${step.text}”, and memory${block} is still there.`
    return { kind: 'block-still-there', path: blockDirectory(block), message }
  })
  return entry({ kind: 'inconsistent', found })
}

/** Carries out steps until one fails. @returns how it ended, before the last look at the tree */
async function runSteps(run: Run): Promise<ExecutionOutcome> {
  const { plan, options, journal } = run
  const total = plan.steps.length
  for (const [index, step] of plan.steps.entries()) {
    if (options.signal?.aborted === true) return 'interrupted'
    await tell(run, { kind: 'step', index, total, step })
    await record(options.sink, { kind: 'step', index, step })
    const entry = await (step.kind === 'offline' ? takeOffline(run, step) : remove(run, step))
    journal.push(entry)
    await record(options.sink, { kind: 'result', entry })
    await tell(run, { kind: 'result', index, total, entry })
    if (entry.result.kind === 'refused') return 'refused'
    if (entry.result.kind === 'inconsistent') return 'inconsistent'
  }
  return 'done'
}

/** MemTotal has to fall when blocks go offline. Only for runs that took some offline. */
async function checkMemTotal(
  run: Run,
  before: number | undefined,
): Promise<readonly Inconsistency[]> {
  const tookSome = run.journal.some(({ before, undo }) => before !== null && undo !== null)
  const after = await readMemTotal(run.tree)
  if (!tookSome || before === undefined || after === undefined || after < before) return []
  const message = `MemTotal was ${before} kB and is ${after} kB although blocks went offline.`
  return [{ kind: 'memory-total-unchanged', path: '/proc/meminfo', message }]
}

/**
 * Carries a plan out on any tree, with a journal, and undoes what it did when something stands in the way. Past the
 * first removal only firmware can put a device back; it is asked to, where it can be, and what else can be undone is.
 *
 * A file that accepts a write is not believed: after each step, and at the end, the tree has to show the result.
 * Blocks that are offline already are left alone, so that a plan can be carried out again after an interruption.
 * @throws whatever the tree throws that is not a refusal, and what the sink throws; what `onProgress` or `settle` throws, once the run is over
 */
export async function executePlan(
  tree: FileTree,
  plan: Plan,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const run: Run = { tree, plan, options, journal: [], thrown: [] }
  const execution = await execute(run)
  throwAll(run.thrown)
  return execution
}

async function execute(run: Run): Promise<Execution> {
  const { tree, plan, options } = run
  await record(options.sink, { kind: 'plan', plan })
  const memTotal = await readMemTotal(tree)
  const ended = await runSteps(run)
  if (ended === 'done') {
    const inconsistencies = [
      ...(await verifyPlan(tree, plan, options)),
      ...(await checkMemTotal(run, memTotal)),
    ]
    const outcome = inconsistencies.length === 0 ? 'done' : 'inconsistent'
    await record(options.sink, { kind: 'end', outcome })
    return { outcome, journal: run.journal, undone: [], leftovers: [], inconsistencies }
  }
  await tell(run, { kind: 'undo' })
  const { undone, leftovers } = await undoJournal(tree, run.journal, (entry) =>
    record(options.sink, { kind: 'undone', entry }),
  )
  await record(options.sink, { kind: 'end', outcome: ended })
  return { outcome: ended, journal: run.journal, undone, leftovers, inconsistencies: [] }
}

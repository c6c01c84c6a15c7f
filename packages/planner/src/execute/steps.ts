import { blockDirectory } from '@memhp/kernel-files'
import type { PlanStep } from '../plan/plan'
import { readBlock, tryWrite } from './block-files'
import { bringOnline } from './bring-online'
import type { Inconsistency } from './inconsistency'
import type { BlockBefore, ExecutionOutcome, JournalEntry, Tried } from './journal'
import { resize } from './resize'
import { call, keep, type Run, tell } from './run'
import { writeSetting } from './setting'
import { takeOffline } from './take-offline'
import { rangesStillListed } from './truth'
import { blocksComeBack, blocksStillThere } from './verify'

type OfflineStep = Extract<PlanStep, { kind: 'offline' }>
type RemoveStep = Extract<PlanStep, { kind: 'remove' }>

const startOf = ({ plan }: Run, { block }: OfflineStep): number =>
  plan.blocks.find(({ id }) => id === block)?.start ?? block * plan.blockBytes

/** Waits until the blocks have gone, as long as the caller wants to wait. */
async function waitUntilGone(run: Run, step: RemoveStep): Promise<readonly number[]> {
  for (let attempt = 0; ; attempt++) {
    const left = await blocksStillThere(run.tree, step.blocks)
    if (left.length === 0 || run.options.signal?.aborted === true) return left
    const answer = await call(run, () => run.options.settle?.({ step, attempt, left }))
    if (answer !== 'again') return blocksStillThere(run.tree, step.blocks)
  }
}

async function remove(run: Run, step: RemoveStep): Promise<Tried> {
  const { tree } = run
  const back = await blocksComeBack(tree, step.blocks)
  if (back.length > 0) return { result: { kind: 'inconsistent', found: back }, undo: null }
  const written = await tryWrite(tree, step)
  if (written.kind !== 'done') return { result: written, undo: null }
  const left = await waitUntilGone(run, step)
  if (left.length > 0) {
    const found = left.map((block): Inconsistency => {
      const message = `${step.path} accepted “${step.text}”, and memory${block} is still there.`
      return { kind: 'block-still-there', path: blockDirectory(block), message }
    })
    return { result: { kind: 'inconsistent', found }, undo: null }
  }
  const listed = await rangesStillListed(tree, step.ranges)
  const result = listed.length === 0 ? written : { kind: 'inconsistent' as const, found: listed }
  return { result, undo: step.undo }
}

async function carryOutStep(run: Run, step: PlanStep, before: BlockBefore | null): Promise<Tried> {
  const { tree } = run
  switch (step.kind) {
    case 'online':
      return bringOnline(tree, step, before)
    case 'set':
      return writeSetting(tree, step)
    case 'offline':
      return takeOffline(tree, { ...step, start: startOf(run, step) }, before)
    case 'remove':
      return remove(run, step)
    case 'resize':
      return resize(run, step)
  }
}

/** Whether each step stands by itself: what refuses is passed over, and nothing is undone for it. */
const isEach = ({ plan }: Run): boolean => plan.goal.kind === 'policy'

/** How a step that was not done ends the run; undefined for one that was, and for one that is passed over. */
function endOf(run: Run, { result }: JournalEntry): ExecutionOutcome | undefined {
  if (isEach(run)) return undefined
  if (result.kind === 'inconsistent') return 'inconsistent'
  if (result.kind !== 'refused') return undefined
  // A write that was cut short because the caller stopped it.
  const isStopped = result.errno === 'EINTR' && run.options.signal?.aborted === true
  return isStopped ? 'interrupted' : 'refused'
}

/**
 * Carries out the steps that the journal does not have yet, until one fails.
 * @returns how it ended, before the last look at the tree
 * @throws Unrecorded
 */
export async function runSteps(run: Run): Promise<ExecutionOutcome> {
  const { tree, plan, options, journal } = run
  const total = plan.steps.length
  const last = journal.at(-1)
  const ended = last === undefined ? undefined : endOf(run, last)
  if (ended !== undefined) return ended
  for (const [index, step] of plan.steps.entries()) {
    if (index < journal.length) continue
    if (options.signal?.aborted === true) return isEach(run) ? 'done' : 'interrupted'
    await tell(run, { kind: 'step', index, total, step })
    const isBlock = step.kind === 'offline' || step.kind === 'online'
    const before = isBlock ? ((await readBlock(tree, step.block)) ?? null) : null
    await keep(run, { kind: 'step', index, step, before })
    const entry = { index, step, before, ...(await carryOutStep(run, step, before)) }
    journal.push(entry)
    await keep(run, { kind: 'result', entry })
    await tell(run, { kind: 'result', index, total, entry })
    const end = endOf(run, entry)
    if (end !== undefined) return end
  }
  return 'done'
}

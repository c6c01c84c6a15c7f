import type { FileTree } from '@memhp/core'
import { throwAll } from '@memhp/core/plugin'
import type { Plan } from '../plan/plan'
import type { Execution } from './journal'
import type { ExecuteOptions } from './options'
import { rollBack } from './rollback'
import { keep, type Run, Unrecorded } from './run'
import { runSteps } from './steps'
import { verifyPlan } from './verify'

/**
 * Carries a plan out on any tree, with a journal, and undoes what it did when something stands in the way. Past the
 * first removal only firmware can put a device back; it is asked to, where it can be, and what else can be undone is.
 *
 * A file that accepts a write is not believed: after each step, and at the end, the tree has to show the result.
 * Blocks that are offline already are left alone, so that a plan can be carried out again after an interruption.
 * @throws whatever the tree throws that is not a refusal; what `onProgress` or `settle` throws, once the run is over
 */
export async function executePlan(
  tree: FileTree,
  plan: Plan,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const run: Run = { tree, plan, options, journal: [], undone: [], thrown: [] }
  const { about } = options
  const execution = await carryOn(run, () =>
    keep(run, { kind: 'plan', plan, ...(about === undefined ? {} : { about }) }),
  )
  throwAll(run.thrown)
  return execution
}

/** Goes on with a run to its end, or undoes it. @param begin kept before the first step */
export async function carryOn(run: Run, begin: () => Promise<void>): Promise<Execution> {
  try {
    await begin()
    const ended = await runSteps(run)
    if (ended === 'done') return await finish(run)
    const undoing = await rollBack(run, ended)
    return { outcome: ended, journal: run.journal, inconsistencies: [], ...undoing }
  } catch (error) {
    if (!(error instanceof Unrecorded)) throw error
    const undoing = await rollBack(run, 'unrecorded')
    const { journal } = run
    const outcome = 'unrecorded'
    return { outcome, journal, inconsistencies: [], unrecorded: error.cause, ...undoing }
  }
}

async function finish(run: Run): Promise<Execution> {
  const { tree, plan, options, journal } = run
  const inconsistencies = await verifyPlan(tree, plan, options)
  const outcome = inconsistencies.length === 0 ? 'done' : 'inconsistent'
  await keep(run, { kind: 'end', outcome })
  return { outcome, journal, undone: [], leftovers: [], inconsistencies }
}

import { fingerprint, type Machine, settle } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import { type Census, takeCensus } from '../census/census'
import { scopeOfPlan } from '../census/scope'
import { executePlan } from '../execute/execute-plan'
import type { Execution } from '../execute/journal'
import type { ExecuteOptions, Progress } from '../execute/options'
import type { RemovalGoal } from '../goal/goal'
import type { Plan } from '../plan/plan'
import { type PlanOptions, planRemoval } from '../plan/plan-removal'
import { type Balance, balanceOf } from './balance'
import { type Diagnosis, diagnose } from './diagnosis'
import { type Move, type MoveWatch, moveSince, watchMove } from './moves'

/** What a rehearsal came to. */
export type RehearsalOutcome =
  /** The memory is gone. */
  | 'removed'
  /** The blocks are offline; no device could go. */
  | 'offlined'
  /** Something stood in the way; everything that could be undone was. */
  | 'refused'

/** A removal as it went on a machine: the plan, the run, before and after, and the balance. Plain data. */
export interface Rehearsal {
  readonly outcome: RehearsalOutcome
  readonly plan: Plan
  readonly execution: Execution
  /** Where the pages of each block went, in the order of the run. */
  readonly moves: readonly Move[]
  readonly before: Census
  readonly after: Census
  readonly balance: Balance
  /** Why it was refused; null where it was not. */
  readonly diagnosis: Diagnosis | null
  /** The machine is, byte for byte, as before: true of a refusal that moved nothing. */
  readonly asBefore: boolean
}

/** What a rehearsal is given besides machine and goal. */
export interface RehearseOptions
  extends PlanOptions,
    Pick<ExecuteOptions, 'signal' | 'onProgress'> {}

/** Follows the pages of each block that goes offline. */
function moveFollower(machine: Machine): {
  readonly moves: Move[]
  readonly follow: (progress: Progress) => void
} {
  const moves: Move[] = []
  let watch: MoveWatch | undefined
  const follow = (progress: Progress): void => {
    if (progress.kind === 'step' && progress.step.kind === 'offline') {
      watch = watchMove(machine, progress.step.block)
    }
    if (progress.kind !== 'result' || watch === undefined) return
    if (progress.entry.result.kind === 'done') moves.push(moveSince(machine, watch))
    watch = undefined
  }
  return { moves, follow }
}

function outcomeOf(plan: Plan, execution: Execution): RehearsalOutcome {
  if (execution.outcome !== 'done') return 'refused'
  return plan.devices.length > 0 ? 'removed' : 'offlined'
}

/**
 * Plans a removal and carries it out on a machine, counting everything before and after. The machine is not put back:
 * take a snapshot first to go on with it as it was.
 * @param topology of the machine's own tree, with what its blocks hold where that is known
 * @throws HotplugError for a goal that means nothing on this machine or cannot be reached: see `planRemoval`
 */
export async function rehearse(
  machine: Machine,
  topology: Topology,
  goal: RemovalGoal,
  options: RehearseOptions = {},
): Promise<Rehearsal> {
  const plan = planRemoval(topology, goal, options)
  const scope = scopeOfPlan(plan)
  const before = takeCensus(machine, scope)
  const fingerprintBefore = fingerprint(machine)
  const { moves, follow } = moveFollower(machine)
  const execution = await executePlan(machine.tree, plan, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (progress) => {
      follow(progress)
      options.onProgress?.(progress)
    },
    settle: () => {
      settle(machine)
      return 'enough'
    },
  })
  const after = takeCensus(machine, scope)
  const ended = execution.outcome === 'done' ? 'done' : 'undone'
  return {
    outcome: outcomeOf(plan, execution),
    plan,
    execution,
    moves,
    before,
    after,
    balance: balanceOf(plan, { before, after, ended }),
    diagnosis: diagnose(machine, plan, execution),
    asBefore: fingerprint(machine) === fingerprintBefore,
  }
}

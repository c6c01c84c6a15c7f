import { fingerprint, type Machine, settle } from '@memhp/core'
import {
  type ExecuteOptions,
  type Execution,
  executePlan,
  type Plan,
  type PlanOptions,
  planRemoval,
  type RemovalGoal,
} from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import { type Balance, balanceOf } from './balance'
import { type Census, takeCensus } from './census/census'
import { scopeOfPlan } from './census/scope'
import { type Diagnosis, diagnose } from './diagnosis/diagnosis'
import { followMoves, type Move } from './moves'

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

function outcomeOf(plan: Plan, execution: Execution): RehearsalOutcome {
  if (execution.outcome !== 'done') return 'refused'
  return plan.devices.length > 0 ? 'removed' : 'offlined'
}

/** Carries a plan out on a machine, whose deferred work runs whenever a removal waits for it. */
const executeOn = (
  machine: Machine,
  plan: Plan,
  { signal, onProgress }: RehearseOptions,
): Promise<Execution> =>
  executePlan(machine.tree, plan, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    settle: () => {
      settle(machine)
      return 'enough'
    },
  })

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
  const follower = followMoves(machine)
  const execution = await executeOn(machine, plan, {
    ...options,
    onProgress: (progress) => {
      follower.follow(progress)
      options.onProgress?.(progress)
    },
  }).finally(follower.end)
  const after = takeCensus(machine, scope)
  const ended = execution.outcome === 'done' ? 'done' : 'undone'
  return {
    outcome: outcomeOf(plan, execution),
    plan,
    execution,
    moves: follower.moves,
    before,
    after,
    balance: balanceOf(plan, { before, after, ended }),
    diagnosis: diagnose(machine, plan, execution),
    asBefore: fingerprint(machine) === fingerprintBefore,
  }
}

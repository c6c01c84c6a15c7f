import { fingerprint, type Machine, settle } from '@memhp/core'
import {
  type ExecuteOptions,
  type Execution,
  executePlan,
  type Plan,
  type PlanOptions,
  type Prediction,
  planRemoval,
  type RemovalGoal,
} from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import { type Balance, balanceOf } from './balance'
import { type Census, takeCensus } from './census/census'
import { scopeOfPlan } from './census/scope'
import { dangersOf } from './dangers'
import { type Diagnosis, diagnose } from './diagnosis/diagnosis'
import { followMoves, type Move } from './moves'
import { pageCgroupDependencies } from './page-cgroup-dependencies'

/** Why the run of a rehearsal tells less than it seems to. */
export type Doubt =
  /** Blocks went that the plan was certain or quite sure would refuse: the machine lacks what the host's files tell. */
  | { readonly kind: 'plan-contradicted'; readonly blocks: readonly number[] }
  /** Blocks went of which the plan could only guess that they refuse. */
  | { readonly kind: 'guess-contradicted'; readonly blocks: readonly number[] }
  /** It was refused for a page that the twin was assumed to have: no page flags of the block were captured. */
  | { readonly kind: 'assumed-page'; readonly block: number }

/** What a rehearsal came to. */
export type RehearsalOutcome =
  /** The memory is gone. */
  | 'removed'
  /** The blocks are offline; no device could go. */
  | 'offlined'
  /** The run came to its end, and contradicts a plan that expected a refusal: which of both the host does is not known. */
  | 'contradicted'
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
  /** Null where plan, run and what was captured agree. */
  readonly doubt: Doubt | null
  /** The machine is, byte for byte, as before: true of a refusal that moved nothing. */
  readonly asBefore: boolean
}

/** What a rehearsal is given besides machine and goal. */
export interface RehearseOptions
  extends PlanOptions,
    Pick<ExecuteOptions, 'signal' | 'onProgress'> {}

function outcomeOf(plan: Plan, execution: Execution, doubt: Doubt | null): RehearsalOutcome {
  if (execution.outcome !== 'done') return 'refused'
  if (doubt !== null) return 'contradicted'
  return plan.devices.length > 0 ? 'removed' : 'offlined'
}

/** Of a run that came to its end: blocks of which the plan expected a refusal. */
function contradictedPlan({ blocks }: Plan): Doubt | null {
  const refusing = blocks.filter(({ prediction }) => prediction.outcome === 'refuses')
  const sure = refusing.filter(({ prediction }) => prediction.confidence !== 'uncertain')
  if (sure.length > 0) return { kind: 'plan-contradicted', blocks: sure.map(({ id }) => id) }
  if (refusing.length === 0) return null
  return { kind: 'guess-contradicted', blocks: refusing.map(({ id }) => id) }
}

/** Of a run that was refused: the block, where the page in the way was assumed. */
function assumedPage(topology: Topology, plan: Plan, diagnosis: Diagnosis | null): Doubt | null {
  const block = diagnosis?.block ?? null
  if (block === null || diagnosis?.page === null) return null
  const planned = plan.blocks.find(({ id }) => id === block)
  const isCounted = topology.blocks.find(({ id }) => id === block)?.contents !== null
  return isCounted || isEvident(planned?.prediction) ? null : { kind: 'assumed-page', block }
}

/** Whether the host's own files say that a block refuses, and not just what blocks of its zone mostly do. */
const isEvident = (prediction: Prediction | undefined): boolean =>
  prediction?.outcome === 'refuses' &&
  prediction.confidence !== 'uncertain' &&
  prediction.reasons[0]?.kind !== 'kernel-zone'

/** Carries a plan out on a machine, whose deferred work runs whenever a removal waits for it. */
const executeOn = (
  machine: Machine,
  plan: Plan,
  { signal, onProgress, dialects }: RehearseOptions,
): Promise<Execution> =>
  executePlan(machine.tree, plan, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    dialects,
    settle: () => {
      settle(machine)
      return 'enough'
    },
  })

/**
 * Plans a removal and carries it out on a machine, counting everything before and after. The machine is not put back:
 * take a snapshot first to go on with it as it was.
 * @param topology of the machine's own tree, or of the host that it is the twin of, with what its blocks hold where that is known
 * @throws HotplugError for a goal that means nothing on this machine or cannot be reached: see `planRemoval`
 */
export async function rehearse(
  machine: Machine,
  topology: Topology,
  goal: RemovalGoal,
  options: RehearseOptions = {},
): Promise<Rehearsal> {
  const planned = planRemoval(topology, goal, {
    dependencies: pageCgroupDependencies(machine),
    ...options,
  })
  const plan = { ...planned, warnings: [...planned.warnings, ...dangersOf(machine, planned)] }
  const scope = scopeOfPlan(machine, plan)
  const before = takeCensus(machine, scope, options.dialects)
  const fingerprintBefore = fingerprint(machine)
  const follower = followMoves(machine)
  const execution = await executeOn(machine, plan, {
    ...options,
    onProgress: (progress) => {
      follower.follow(progress)
      return options.onProgress?.(progress)
    },
  }).finally(follower.end)
  const after = takeCensus(machine, scope, options.dialects)
  const ended = execution.outcome === 'done' ? 'done' : 'undone'
  const diagnosis = diagnose(machine, plan, execution)
  const doubt = ended === 'done' ? contradictedPlan(plan) : assumedPage(topology, plan, diagnosis)
  return {
    outcome: outcomeOf(plan, execution, doubt),
    plan,
    execution,
    moves: follower.moves,
    before,
    after,
    balance: balanceOf(plan, { before, after, ended }, options.dialects),
    diagnosis,
    doubt,
    asBefore: fingerprint(machine) === fingerprintBefore,
  }
}

import {
  decide,
  type OnlinePolicy,
  onlineSteps,
  type Plan,
  type PolicyDecision,
  policyPlan,
  type SetStep,
  type StepResult,
  settingsDue,
} from '@memhp/planner'
import type { BlockInfo, Topology } from '@memhp/topology'

/** A setting that another changed. */
export interface ForeignSetting {
  readonly name: string
  readonly reads: string
  readonly wanted: string
}

/** What a look at a machine comes to. */
export interface Round {
  /** What the policy says of blocks that are offline, and that no look before was about. */
  readonly decisions: readonly PolicyDecision[]
  /** What is to be written; null: nothing. */
  readonly plan: Plan | null
  /** Blocks that another took offline. */
  readonly takenOffline: readonly number[]
  /** Settings that another changed, each told of once. */
  readonly foreign: readonly ForeignSetting[]
  /** Settings of the policy that the kernel does not have; only at the first look. */
  readonly missing: readonly string[]
}

const keyOf = ({ path, text, from }: SetStep): string => `${path} ${from} ${text}`

/** Looks at a machine again and again, and finds out what a policy wants done. It writes nothing. */
export class Keeper {
  readonly #policy: OnlinePolicy
  readonly #name: string
  /** States at the look before; undefined before the first. */
  #states: Map<number, BlockInfo['state']> | undefined
  /** Blocks that are offline, and left so: what another took offline, what refused, what no rule brings online. */
  readonly #left = new Set<number>()
  /** Changes of settings that are left, for they were refused, or are only to be told. */
  readonly #settingsLeft = new Set<string>()
  /** Changes of settings of the look before. */
  #told: ReadonlySet<string> = new Set()

  constructor(policy: OnlinePolicy, name: string) {
    this.#policy = policy
    this.#name = name
  }

  look(topology: Topology): Round {
    const before = this.#states
    const states = new Map(topology.blocks.map(({ id, state }) => [id as number, state]))
    this.#states = states
    for (const id of this.#left) if (states.get(id) !== 'offline') this.#left.delete(id)
    const takenOffline = [...states]
      .filter(([id, state]) => state === 'offline' && isUp(before?.get(id)))
      .map(([id]) => id)
    for (const id of takenOffline) this.#left.add(id)
    if (before === undefined && this.#policy.atStart === 'leave')
      for (const [id, state] of states) if (state === 'offline') this.#left.add(id)
    const wanted = new Set(
      [...states]
        .filter(([id, state]) => state === 'offline' && !this.#left.has(id))
        .map(([id]) => id),
    )
    const decisions = decide(this.#policy, topology, wanted)
    for (const { block, text } of decisions) if (text === null) this.#left.add(block.id)
    const { steps, missing } = settingsDue(this.#policy, topology)
    const isFirst = before === undefined
    const foreign = isFirst ? [] : steps.filter((step) => !this.#told.has(keyOf(step)))
    this.#told = new Set(steps.map(keyOf))
    const isPutBack = isFirst || this.#policy.changedByOthers === 'put-back'
    const due = steps.filter((step) => isPutBack && !this.#settingsLeft.has(keyOf(step)))
    const all = [...due, ...onlineSteps(decisions)]
    return {
      decisions,
      plan: all.length === 0 ? null : policyPlan(topology, { name: this.#name, steps: all }),
      takenOffline,
      foreign: foreign.map(({ name, from, text }) => ({ name, reads: from, wanted: text })),
      missing: isFirst ? missing : [],
    }
  }

  /** Is told what became of a step of `plan`: what did not go is not tried again until the block or the setting is another. */
  tell(step: Plan['steps'][number], result: StepResult): void {
    const isDone = result.kind === 'done' || result.kind === 'skipped'
    if (step.kind === 'set' && !isDone) this.#settingsLeft.add(keyOf(step))
    if (step.kind !== 'online') return
    if (isDone) this.#states?.set(step.block, 'online')
    else this.#left.add(step.block)
  }
}

const isUp = (state: BlockInfo['state'] | undefined): boolean =>
  state === 'online' || state === 'going-offline'

import { type OnlinePolicy, type Plan, POLICY_SETTINGS, settingFile } from '@memhp/planner'
import { readTopology, type Topology } from '@memhp/topology'
import { carryOut } from '../apply/carry-out'
import { newJournal } from '../apply/journals'
import type { ReadableTarget } from '../apply/target'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { ifThere } from '../source/if-there'
import { Keeper, type Round } from './keeper'
import type { KeepRecord } from './records'

/** A policy, and the file that it is of. */
export interface NamedPolicy {
  readonly path: string
  readonly policy: OnlinePolicy
}

/** How blocks come online: the kernel may be waited for. */
const PATIENCE = { idleMs: 30_000, whenStuck: 'wait', pollMs: 500 } as const

/** A policy that is kept on a machine. */
export class Keeping {
  readonly #target: ReadableTarget
  readonly #keeper: Keeper
  readonly #policy: NamedPolicy
  readonly #context: CliContext
  readonly #tell: (record: KeepRecord) => void
  #isBegun = false
  /** Another changes the machine: what is due is put off. */
  #isPut = false
  #settingsSeen = ''
  #changed = 0
  #failed = 0

  constructor(
    target: ReadableTarget,
    policy: NamedPolicy,
    { context, tell }: { context: CliContext; tell: (record: KeepRecord) => void },
  ) {
    this.#target = target
    this.#keeper = new Keeper(policy.policy, policy.path)
    this.#policy = policy
    this.#context = context
    this.#tell = tell
  }

  async #topology(): Promise<Topology> {
    const { tree, known } = await this.#target.open()
    return readTopology(tree, { ...known, removable: 'left out' })
  }

  #report({ decisions, takenOffline, foreign, missing }: Round): void {
    for (const name of missing) this.#tell({ kind: 'missing', name })
    const does = this.#policy.policy.changedByOthers
    for (const setting of foreign) this.#tell({ kind: 'setting', does, ...setting })
    const taken = { device: null, rule: null, why: 'another took it offline' }
    for (const block of takenOffline) this.#tell({ kind: 'left', block, ...taken })
    for (const { block, device, rule, text, why } of decisions)
      if (text === null) this.#tell({ kind: 'left', block: block.id, device, rule, why })
  }

  /** @returns false where another changes the machine */
  async #carryOut(plan: Plan): Promise<boolean> {
    await this.#target.checkWritable(plan)
    const context = this.#context
    const journal = await newJournal(context)
    try {
      const wish = { journal, patience: PATIENCE, context }
      const execution = await context.outliveReaders(async () => carryOut(this.#target, plan, wish))
      for (const { step, result } of execution.journal) {
        this.#keeper.tell(step, result)
        if (result.kind === 'done') this.#changed += 1
        else if (result.kind !== 'skipped') this.#failed += 1
        const { path, text } = step
        const name = step.kind === 'offline' ? `memory${step.block}` : step.name
        this.#tell({ kind: 'step', name, path, text, result, journal })
      }
      if (execution.outcome === 'unrecorded')
        throw new CliError(`${journal} could not be kept`, { exitCode: EXIT.output })
      return true
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== EXIT.refused) throw error
      this.#tell({ kind: 'held', message: error.message })
      return false
    }
  }

  /** What the settings of the policy read now. */
  async #settings(): Promise<string> {
    const { tree } = this.#target
    const names = POLICY_SETTINGS.filter((name) => name in this.#policy.policy.settings)
    const texts = names.map((name) => ifThere(() => tree.read(settingFile(name))))
    return (await Promise.all(texts)).join('')
  }

  /** Whether there is something to look at although nothing has announced it: a setting has no uevent. */
  async isDue(): Promise<boolean> {
    return this.#isPut || (await this.#settings()) !== this.#settingsSeen
  }

  /**
   * Looks once, and does what is due.
   * @throws CliError where the machine may not be written, is lost, or the journal cannot be kept
   */
  async look(): Promise<void> {
    this.#settingsSeen = await this.#settings()
    const topology = await this.#topology()
    if (!this.#isBegun) {
      this.#isBegun = true
      const offline = topology.blocks.filter(({ state }) => state === 'offline').length
      const { blocks, blockBytes } = topology
      const about = { machine: this.#target.name, policy: this.#policy.path, blockBytes }
      this.#tell({ kind: 'start', ...about, blocks: blocks.length, offline })
    }
    const round = this.#keeper.look(topology)
    this.#report(round)
    this.#isPut = round.plan !== null && !(await this.#carryOut(round.plan))
    if (round.plan !== null) this.#settingsSeen = await this.#settings()
  }

  /** Tells that it is over. @returns how many steps did not go */
  end(): number {
    this.#tell({ kind: 'end', changed: this.#changed, failed: this.#failed })
    return this.#failed
  }
}

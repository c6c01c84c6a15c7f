import {
  type Errno,
  fingerprint,
  InvariantViolation,
  invariant,
  isHotplugError,
  type Machine,
  refusalOf,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from '@memhp/core'
import { canonicalMemory, injectFault } from '@memhp/core/inspect'
import type { InjectionPoint } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import { injected, openSession, perform } from '@memhp/trace'
import { differenceLines } from '../differences'
import { DONE_OTHERWISE } from './done-otherwise'
import { explain, type MemoryPair, withoutAll } from './explain'
import { type CanonicalMemory, withoutPlaces } from './masks'
import { NOT_ROLLED_BACK, type NotRolledBack } from './not-rolled-back'
import { call, type SweepOperation } from './operations'

/** A failure at one passing of an injection point. */
export interface InjectedFault {
  readonly point: string
  /** Which passing fails: 0 is the first one since the operation began, or since the fault before this one. */
  readonly index: number
  readonly errno: Errno
}

/**
 * - `refused`: the machine is what it was, but for what is left.
 * - `went-on`: the operation was done in spite of it, but for what is done otherwise.
 */
export type FaultOutcome = 'refused' | 'went-on'

/** What faults in one operation came to. */
export interface FaultResult {
  readonly operation: string
  /** Of each attempt: a fault that is in the second happens as the operation is asked for again. */
  readonly faults: readonly (readonly InjectedFault[])[]
  readonly outcome: FaultOutcome
  /** What whoever asked was told; null where nothing. */
  readonly told: Errno | null
  /** Ids of `NOT_ROLLED_BACK`, or of `DONE_OTHERWISE` where it went on. */
  readonly left: readonly string[]
  /** Points that were passed after the last fault. */
  readonly passedAfter: readonly string[]
}

interface Moment {
  readonly fingerprint: string
  readonly memory: CanonicalMemory
}

/** A machine refuses an operation although nothing fails. */
export class ImpossibleOperation extends Error {
  override readonly name = 'ImpossibleOperation'
}

/** One operation on one machine, whose points can be made to fail. */
export class OperationSweep {
  readonly #machine: Machine
  readonly #operation: SweepOperation
  readonly #points: ReadonlyMap<string, InjectionPoint>
  readonly #start: Snapshot
  readonly #before: Moment
  readonly #done: Moment
  /** The points that it passes where nothing fails, in their order. */
  readonly passed: readonly string[]
  /** Whether the same is asked for when it failed, so that a second attempt can be compared with the first. */
  readonly isRepeated: boolean

  /**
   * Brings a machine that has just booted to where the operation begins, and carries it out once.
   * @param points every point that is declared
   * @throws ImpossibleOperation where it is refused although nothing fails; InvariantViolation
   */
  constructor(machine: Machine, operation: SweepOperation, points: readonly InjectionPoint[]) {
    this.#machine = machine
    this.#operation = operation
    this.isRepeated = operation.again === undefined
    this.#points = new Map(points.map((point) => [point.name, point]))
    for (const plan of operation.prepare ?? []) act(machine, plan)
    this.#start = takeSnapshot(machine)
    this.#before = momentOf(machine)
    const passed: string[] = []
    const heal = injectFault(machine, (point) => void passed.push(point))
    const refusal = refusalOf(() => act(machine, operation.operations))
    heal()
    if (refusal !== undefined) throw new ImpossibleOperation(refusal.message)
    this.passed = passed
    this.#done = momentOf(machine)
    if (this.#done.fingerprint === this.#before.fingerprint)
      throw new ImpossibleOperation('Nothing fails, and nothing happens.')
    checkInvariants(machine)
  }

  /** The fault that makes the n-th of `passed` fail, with the errno of its point. */
  faultAt(index: number): InjectedFault {
    return this.faultOf(this.passed[index] ?? '', index)
  }

  /** The fault that makes the n-th passing fail, which is one of this point. */
  faultOf(point: string, index: number): InjectedFault {
    return { point, index, errno: this.#declared(point).errno }
  }

  /**
   * Carries the operation out with faults, one after the other, and once more when nothing fails.
   * @param attempts faults of each attempt; the next one is made where the one before was refused
   * @throws InvariantViolation for what is left and not declared, for a machine that is not sound, for an operation that
   *   does not succeed when nothing fails any more
   */
  run(attempts: readonly (readonly InjectedFault[])[]): FaultResult {
    restoreSnapshot(this.#machine, this.#start)
    try {
      return this.#attemptAll(attempts)
    } catch (error) {
      throw new InvariantViolation(`${placeOf(attempts)}: ${messageOf(error)}`, { cause: error })
    }
  }

  #attemptAll(attempts: readonly (readonly InjectedFault[])[]): FaultResult {
    const machine = this.#machine
    const { name, again, operations } = this.#operation
    const done: (readonly InjectedFault[])[] = []
    let left: readonly string[] = []
    for (const wanted of attempts) {
      const plan = done.length === 0 ? operations : (again ?? operations)
      const injection = this.#inject(wanted)
      const told = toldOf(() => act(machine, plan))
      injection.heal()
      const { faults } = injection
      done.push(faults)
      const found = this.#compare(done, left)
      left = found.left
      checkInvariants(machine)
      this.#checkTold(told, found.outcome, faults)
      const isLast = done.length === attempts.length || found.outcome === 'went-on'
      if (!isLast) continue
      if (found.outcome === 'refused') this.#tryAgain(again ?? operations, done, found.left)
      const { passedAfter } = injection
      return { operation: name, faults: done, ...found, told, passedAfter }
    }
    throw new InvariantViolation('No attempt was asked for.')
  }

  /** Whoever asks is told of a refusal, and of nothing where the operation went on, but for what a hook threw. */
  #checkTold(told: Errno | null, outcome: FaultOutcome, faults: readonly InjectedFault[]): void {
    if (this.#operation.tells === 'nothing') return
    const isHook = faults.some(({ point }) => this.#declared(point).kind === 'hook')
    invariant(
      outcome === 'refused' ? told !== null : told === null || isHook,
      `it ${outcome === 'refused' ? 'is refused' : 'goes on'}, and ${told} is told.`,
    )
  }

  /**
   * Makes faults happen one after the other. A later attempt may pass other points than the first one: what is passed at the
   * index of a fault is what fails.
   */
  #inject(wanted: readonly InjectedFault[]): Injection {
    const faults: InjectedFault[] = []
    let passedAfter: string[] = []
    const heal = injectFault(this.#machine, (point) => {
      const index = passedAfter.length
      passedAfter.push(point)
      if (wanted[faults.length]?.index !== index) return undefined
      const fault = this.faultOf(point, index)
      faults.push(fault)
      passedAfter = []
      return injected(point, fault.errno)
    })
    return {
      faults,
      get passedAfter() {
        return passedAfter
      },
      heal,
    }
  }

  #declared(point: string): InjectionPoint {
    const declared = this.#points.get(point)
    invariant(declared, `${this.#operation.name} passes ${point}, which is not declared.`)
    return declared
  }

  /** @param leftBefore what attempts before the last one left */
  #compare(
    attempts: readonly (readonly InjectedFault[])[],
    leftBefore: readonly string[],
  ): Pick<FaultResult, 'outcome' | 'left'> {
    const word = fingerprint(this.#machine)
    if (word === this.#done.fingerprint) return { outcome: 'went-on', left: [] }
    if (word === this.#before.fingerprint) return { outcome: 'refused', left: [] }
    const after = memoryOf(this.#machine)
    const refused = { before: this.#before.memory, after }
    const left = explain(refused, this.#allowed(NOT_ROLLED_BACK, attempts))
    if (left !== undefined) return { outcome: 'refused', left }
    const once = { before: this.#done.memory, after }
    const wentOn = attempts.length > 1 ? doneLater(once, leftBefore) : once
    const otherwise = explain(wentOn, this.#allowed(DONE_OTHERWISE, attempts))
    if (otherwise !== undefined) return { outcome: 'went-on', left: otherwise }
    const isTwice = attempts.some((faults) => faults.length > 1)
    const undone = isTwice ? explain(refused, FAILED_UNDOS) : undefined
    if (undone !== undefined) return { outcome: 'refused', left: undone }
    const lines = [
      'It is neither refused:',
      ...differenceLines(refused),
      'nor done:',
      ...differenceLines(wentOn),
    ]
    throw new InvariantViolation(lines.join('\n  '))
  }

  /** The exceptions that the kernel makes and a point declares. */
  #allowed(
    exceptions: readonly NotRolledBack[],
    attempts: readonly (readonly InjectedFault[])[],
  ): readonly NotRolledBack[] {
    const { arch, generation } = this.#machine
    const { name } = this.#operation
    const declared = attempts.flat().flatMap(({ point }) => this.#declared(point).leaves ?? [])
    return exceptions.filter(
      ({ id, by = this.#operation.by, operations = [name], when }) =>
        declared.includes(id) &&
        by === this.#operation.by &&
        operations.includes(name) &&
        (when === undefined || when(generation.rules, arch)),
    )
  }

  #tryAgain(
    plan: SweepOperation['operations'],
    attempts: readonly (readonly InjectedFault[])[],
    left: readonly string[],
  ): void {
    const machine = this.#machine
    const told = toldOf(() => act(machine, plan))
    const entries = NOT_ROLLED_BACK.filter(({ id }) => left.includes(id))
    const inTheWay = entries.flatMap((entry) => entry.again ?? [])
    // What one of two faults leaves may be hidden by what the other does.
    const isTwice = attempts.flat().length > 1
    const hidden = isTwice ? this.#allowed(NOT_ROLLED_BACK, attempts) : []
    const refusals = [...inTheWay, ...hidden.flatMap((entry) => entry.again ?? [])]
    invariant(told === null || refusals.includes(told), `asked again, it answers ${told}.`)
    checkInvariants(machine)
    // What is in the way of a second attempt stays; another operation than the first ends elsewhere.
    if (told !== null || inTheWay.length > 0 || this.#operation.again !== undefined) return
    if (fingerprint(machine) === this.#done.fingerprint) return
    const pair = { before: this.#done.memory, after: memoryOf(machine) }
    const lines = differenceLines(doneLater(pair, left))
    invariant(lines.length === 0, `done the second time, it differs:\n  ${lines.join('\n  ')}`)
  }
}

const placeOf = (attempts: readonly (readonly InjectedFault[])[]): string =>
  attempts
    .map((faults) => faults.map(({ point, index }) => `${point} (${index})`).join(', then '))
    .join('; again, ')

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** What is left where a second fault makes an undo fail. */
const FAILED_UNDOS: readonly NotRolledBack[] = NOT_ROLLED_BACK.filter(({ id }) =>
  ['failed-undo', 'not-added-again'].includes(id),
)

/** What is left of a difference from the first attempt where the operation is done by a later one: pages may lie elsewhere. */
function doneLater(pair: MemoryPair, left: readonly string[]): MemoryPair {
  const entries = NOT_ROLLED_BACK.filter(
    ({ id }) => id === 'firmware-map-numbers' || left.includes(id),
  )
  return withoutAll(pair, [...entries, { without: withoutPlaces }])
}

function act(machine: Machine, plan: SweepOperation['operations']): void {
  const session = openSession(machine)
  for (const operation of call(plan, machine)) perform(session, operation)
}

/** The memory as it is now, whatever happens to it later. */
function memoryOf(machine: Machine): CanonicalMemory {
  const { state } = takeSnapshot(machine)
  return canonicalMemory({ ...machine, state })
}

const momentOf = (machine: Machine): Moment => ({
  memory: memoryOf(machine),
  fingerprint: fingerprint(machine),
})

/** @returns the errno of a refusal, null where there is none */
function toldOf(ask: () => void): Errno | null {
  try {
    ask()
    return null
  } catch (error) {
    // Of several that were thrown in one operation the first counts.
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error
    if (isHotplugError(first)) return first.errno
    throw error
  }
}

interface Injection {
  /** Those that happened. */
  readonly faults: readonly InjectedFault[]
  readonly passedAfter: readonly string[]
  heal(): void
}

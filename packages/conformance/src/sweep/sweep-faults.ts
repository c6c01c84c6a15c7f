import {
  type Errno,
  fingerprint,
  invariant,
  isHotplugError,
  type Machine,
  restoreSnapshot,
  type Snapshot,
  type TransactionStep,
  takeSnapshot,
} from '@memhp/core'
import { canonicalMemory } from '@memhp/core/inspect'
import { checkInvariants, isSame } from '@memhp/invariants'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import { differenceLines } from '../differences'
import { failStep, type StepFailure } from '../step-fault'
import type { CanonicalMemory } from './masks'
import { NOT_ROLLED_BACK, type NotRolledBack } from './not-rolled-back'

/** One operation whose every step is made to fail. */
export interface SweepOperation {
  readonly name: string
  /** Brings a fresh machine to where the operation begins. */
  readonly prepare?: readonly MachineOperation[]
  /** The operation itself: what is done one after the other, up to the first refusal. */
  readonly operations: readonly MachineOperation[]
  /** For operations that report by other means than throwing: whether it failed, seen from the outside. */
  hasFailed?(machine: Machine): boolean
  /** Tries again once the fault is gone; default: the same again. */
  again?(machine: Machine): void
  /** Whether the operation goes on, and succeeds in full or in part, although this step failed. */
  tolerates?(failed: TransactionStep): boolean
  /** Ids of `NOT_ROLLED_BACK` that may show when this step fails. */
  leaves?(failed: TransactionStep): readonly string[]
}

export interface SweepOptions {
  /** A machine that has just booted. */
  readonly make: () => Machine
  readonly operation: SweepOperation
  /** Errnos that each step fails with in turn; default ENOMEM and EBUSY. */
  readonly errnos?: readonly Errno[]
}

export interface SweepReport {
  readonly name: string
  /** Every step of the healthy operation that may fail, in order. */
  readonly steps: readonly TransactionStep[]
  /** Steps times errnos. */
  readonly caseCount: number
  /** How often each of `NOT_ROLLED_BACK` was needed. */
  readonly left: Readonly<Record<string, number>>
  /** Cases in which the operation succeeded all the same. */
  readonly tolerated: number
}

/**
 * Makes every step of an operation fail once with each errno, and requires each time that the operation is refused,
 * that the machine is what it was but for what is declared, that every invariant holds, and that the
 * operation succeeds as soon as nothing fails any more.
 * @throws InvariantViolation that names the step and what is left of it
 */
export function sweepFaults(options: SweepOptions): SweepReport {
  const { operation, errnos = ['ENOMEM', 'EBUSY'] } = options
  const machine = options.make()
  performAll(machine, operation.prepare ?? [])
  const start: Start = {
    snapshot: takeSnapshot(machine),
    fingerprint: fingerprint(machine),
    memory: canonicalMemory(machine),
  }
  // From here on the machine works on copies: what `start.memory` refers to stays as it is.
  restoreSnapshot(machine, start.snapshot)
  const steps = recordSteps(machine, operation)
  const left: Record<string, number> = {}
  let tolerated = 0
  steps.forEach((failed, index) => {
    for (const errno of errnos) {
      restoreSnapshot(machine, start.snapshot)
      const outcome = tryWithFault(machine, operation, { failed, index, errno })
      const place = `${operation.name}, ${failed.operation}/${failed.step} (step ${index}) with ${errno}`
      if (outcome === 'tolerated') tolerated += 1
      else countLeft(left, checkRestored(machine, start, { operation, failed, place }))
      checkInvariants(machine)
      if (outcome !== 'tolerated') tryAgain(machine, operation, place)
    }
  })
  return { name: operation.name, steps, caseCount: steps.length * errnos.length, left, tolerated }
}

/** The machine before the operation. */
interface Start {
  readonly snapshot: Snapshot
  readonly fingerprint: string
  readonly memory: CanonicalMemory
}

/** @throws HotplugError as the first operation that is refused */
function performAll(machine: Machine, operations: readonly MachineOperation[]): void {
  const session = openSession(machine)
  for (const operation of operations) perform(session, operation)
}

function recordSteps(machine: Machine, operation: SweepOperation): readonly TransactionStep[] {
  const steps: TransactionStep[] = []
  const unsubscribe = machine.observe((event) => {
    if (event.kind !== 'step' || event.phase !== 'begun' || !event.mayFail) return
    steps.push({ operation: event.operation, step: event.step })
  })
  performAll(machine, operation.operations)
  unsubscribe()
  const failed = operation.hasFailed?.(machine) === true
  invariant(!failed && steps.length > 0, `${operation.name} succeeds where nothing fails.`)
  checkInvariants(machine)
  return steps
}

interface Fault extends StepFailure {
  readonly failed: TransactionStep
}

function tryWithFault(
  machine: Machine,
  operation: SweepOperation,
  fault: Fault,
): 'refused' | 'tolerated' {
  const { failed, errno } = fault
  const place = `${operation.name}, ${failed.operation}/${failed.step}`
  const { heal } = failStep(machine, fault)
  try {
    performAll(machine, operation.operations)
    if (operation.hasFailed?.(machine) === true) return 'refused'
    invariant(operation.tolerates?.(failed) === true, `${place} failed, and nothing noticed.`)
    return 'tolerated'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const told = error.code === 'FAULT_INJECTED' && error.errno === errno
    invariant(told, `${place} failed with ${errno}, and ${error.code} (${error.errno}) was told.`)
    return 'refused'
  } finally {
    heal()
  }
}

/** @returns the declared exceptions that it took */
function checkRestored(
  machine: Machine,
  start: Start,
  where: {
    readonly operation: SweepOperation
    readonly failed: TransactionStep
    readonly place: string
  },
): readonly string[] {
  if (fingerprint(machine) === start.fingerprint) return []
  const after = canonicalMemory(machine)
  const ids = where.operation.leaves?.(where.failed) ?? []
  const pictures = { before: start.memory, after }
  const allowed = ids.map(findException)
  const masked = allowed.reduce((pair, exception) => withoutBoth(pair, exception), pictures)
  if (ids.length > 0 && isSame(masked)) return ids
  invariant(false, `${where.place} is not rolled back:\n${differenceLines(masked).join('\n')}`)
  return []
}

function withoutBoth(
  pair: { readonly before: CanonicalMemory; readonly after: CanonicalMemory },
  { without }: NotRolledBack,
): typeof pair {
  if (without === undefined) return pair
  return { before: without(pair.before), after: without(pair.after) }
}

function findException(id: string): NotRolledBack {
  const found = NOT_ROLLED_BACK.find((exception) => exception.id === id)
  invariant(found, `"${id}" is not declared in not-rolled-back.ts.`)
  return found
}

function countLeft(left: Record<string, number>, ids: readonly string[]): void {
  for (const id of ids) left[id] = (left[id] ?? 0) + 1
}

function tryAgain(machine: Machine, operation: SweepOperation, place: string): void {
  if (operation.again === undefined) performAll(machine, operation.operations)
  else operation.again(machine)
  const failed = operation.hasFailed?.(machine) === true
  invariant(!failed, `${place}: it fails also when nothing fails any more.`)
  checkInvariants(machine)
}

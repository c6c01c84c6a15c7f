import type { Machine } from '../model/machine'
import type { PointFault, StepFault, TransactionStep, Unsubscribe } from '../model/machine-event'

/**
 * Makes injection points fail, for tests (`coreInjectionPoints`). Any number of faults may stand at a time: each is asked at
 * each point that is passed, in the order in which they were injected, and the first error is thrown there, or taken for
 * the answer that the code at that point knows: no page, a refused notice.
 * @returns takes the fault out
 * @alpha
 */
export function injectFault(machine: Machine, fault: PointFault): Unsubscribe {
  // A new function for each call: the same fault may be injected twice.
  const asked: PointFault = (point, step) => fault(point, step)
  machine.faults.add(asked)
  return () => void machine.faults.delete(asked)
}

/**
 * Makes steps of transactions fail, for tests: the fault is asked before each step that may fail, and at no other point.
 * @returns takes the fault out
 * @alpha
 */
export const injectStepFault = (machine: Machine, fault: StepFault): Unsubscribe =>
  injectFault(machine, (_point, step) => (step === null ? undefined : fault(step)))

/**
 * Passes a point at which something may fail.
 * @throws the first error that a fault returns
 * @beta
 */
export function passPoint(machine: Machine, point: string): void {
  const error = faultAt(machine, point, null)
  if (error !== undefined) throw error
}

/**
 * Passes a point where failure is an answer and not an error.
 * @returns whether a fault makes it fail
 * @beta
 */
export const failsAt = (machine: Machine, point: string): boolean =>
  faultAt(machine, point, null) !== undefined

/** Name of the point before a step: `offline/own-memmap`. @alpha */
export const pointOfStep = ({ operation, step }: TransactionStep): string =>
  `${operation}/${step.replaceAll(' ', '-')}`

/** Passes the point before a step of a transaction. @throws the first error that a fault returns */
export function passStep(machine: Machine, step: TransactionStep): void {
  if (machine.faults.size === 0) return
  const error = faultAt(machine, pointOfStep(step), step)
  if (error !== undefined) throw error
}

/**
 * Asks every fault about a point that is passed. A fault may ask for an operation, as another CPU might in between
 * on a kernel without a lock: what that does to the transaction is what the test is about.
 */
function faultAt(machine: Machine, point: string, step: TransactionStep | null): Error | undefined {
  if (machine.faults.size === 0) return undefined
  const { activity } = machine
  const { phase } = activity
  activity.phase = 'operation'
  try {
    const errors = [...machine.faults].map((fault) => fault(point, step))
    return errors.find((each) => each !== undefined)
  } finally {
    activity.phase = phase
  }
}

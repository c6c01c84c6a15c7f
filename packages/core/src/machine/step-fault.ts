import type { Machine } from '../model/machine'
import type { StepFault, TransactionStep, Unsubscribe } from '../model/machine-event'

/**
 * Makes steps of transactions fail, for tests. Any number of faults may stand at a time: each is asked before each step
 * that may fail, in the order in which they were injected, and the first error is thrown.
 * @returns takes the fault out
 * @alpha
 */
export function injectStepFault(machine: Machine, fault: StepFault): Unsubscribe {
  // A new function for each call: the same fault may be injected twice.
  const asked: StepFault = (step) => fault(step)
  machine.stepFaults.add(asked)
  return () => void machine.stepFaults.delete(asked)
}

/**
 * Asks every fault about a step that is about to run. A fault may ask for an operation, as another CPU might in between
 * on a kernel without a lock: what that does to the transaction is what the test is about.
 * @throws the first error that one of them returns
 */
export function checkStepFaults(machine: Machine, step: TransactionStep): void {
  if (machine.stepFaults.size === 0) return
  const { activity } = machine
  const { phase } = activity
  activity.phase = 'operation'
  try {
    const errors = [...machine.stepFaults].map((fault) => fault(step))
    const error = errors.find((each) => each !== undefined)
    if (error !== undefined) throw error
  } finally {
    activity.phase = phase
  }
}

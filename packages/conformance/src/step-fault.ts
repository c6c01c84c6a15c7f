import { type Errno, HotplugError, type Machine, type TransactionStep } from '@memhp/core'
import { injectStepFault } from '@memhp/core/inspect'

/** A step that is made to fail, counted from the moment of the injection. */
export interface StepFailure {
  /** 0 is the next step that may fail. */
  readonly index: number
  readonly errno: Errno
}

/** A failure that stands, until it is healed. */
export interface StandingFailure {
  /** The step that failed; undefined as long as none has. */
  readonly failed: TransactionStep | undefined
  heal(): void
}

/** The refusal that a step which is made to fail gives. */
export const faultOf = ({ operation, step }: TransactionStep, errno: Errno): HotplugError =>
  new HotplugError('FAULT_INJECTED', errno, `${operation}/${step} was made to fail.`)

/** Makes one step of those to come fail, with FAULT_INJECTED. */
export function failStep(machine: Machine, { index, errno }: StepFailure): StandingFailure {
  let failed: TransactionStep | undefined
  let asked = 0
  const heal = injectStepFault(machine, (step) => {
    asked += 1
    if (asked - 1 !== index) return undefined
    failed = step
    return faultOf(step, errno)
  })
  return {
    get failed() {
      return failed
    },
    heal,
  }
}

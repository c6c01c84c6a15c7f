import { HotplugError, type Machine, settle } from '@memhp/core'
import { injectStepFault } from '@memhp/core/inspect'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import { perform, type Session } from '@memhp/trace'
import type { OperationAction, OperationFault } from '../format/action'

/**
 * Carries one operation out as a simulation does: with its fault, until the machine has settled, and with every
 * invariant checked over it and after it.
 * @throws HotplugError as the machine refuses; BrokenInvariant, InvariantViolation
 */
export function carryOutChecked(session: Session, action: OperationAction): void {
  const { machine } = session
  const watch = new MachineWatch(machine)
  const heal = action.fault === undefined ? undefined : failStep(machine, action.fault)
  let refusal: Error | undefined
  try {
    const step = watch.step(action.do, () => {
      try {
        perform(session, action.do)
        settle(machine)
      } catch (error) {
        if (error instanceof Error) refusal = error
        throw error
      }
    })
    // Time turned back is not a step.
    if (action.do.op !== 'restore') checkStep(step)
  } finally {
    heal?.()
    watch.end()
  }
  checkInvariants(machine)
  if (refusal !== undefined) throw refusal
}

function failStep(machine: Machine, { index, errno }: OperationFault): () => void {
  let asked = 0
  return injectStepFault(machine, ({ operation, step }) => {
    asked += 1
    return asked - 1 === index
      ? new HotplugError('FAULT_INJECTED', errno, `${operation}/${step} was made to fail.`)
      : undefined
  })
}

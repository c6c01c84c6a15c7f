import { HotplugError, type Machine, settle } from '@memhp/core'
import { injectFault } from '@memhp/core/inspect'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import { perform, type Session, standCallback } from '@memhp/trace'
import type { OperationAction, OperationFault } from '../format/action'

/**
 * Carries one operation out as a simulation does: with its fault, until the machine has settled, and with every
 * invariant checked over it and after it.
 * @throws HotplugError as the machine refuses; BrokenInvariant, InvariantViolation
 */
export function carryOutChecked(session: Session, action: OperationAction): void {
  const { machine } = session
  const watch = new MachineWatch(machine)
  const { fault } = action
  const standing = fault === undefined ? undefined : failPoint(machine, fault)
  const callback = action.callback && standCallback(session, action.callback)
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
    // Time turned back is not a step, and what two operations change is not one's.
    if (action.do.op !== 'restore' && callback?.hasPerformed !== true)
      checkStep({ ...step, faulted: step.faulted || callback?.hasActed === true })
  } finally {
    callback?.end()
    standing?.heal()
    watch.end()
  }
  checkInvariants(machine)
  if (fault !== undefined && standing !== undefined) demandPassed(fault, standing)
  if (refusal !== undefined) throw refusal
}

/** A fault that stands. */
interface Standing {
  /** How often it was asked for its point. */
  readonly asked: number
  heal(): void
}

function failPoint(machine: Machine, { index, errno, point: wanted }: OperationFault): Standing {
  let asked = 0
  const heal = injectFault(machine, (point, step) => {
    if (wanted === undefined ? step === null : point !== wanted) return undefined
    asked += 1
    return asked - 1 === index
      ? new HotplugError('FAULT_INJECTED', errno, `${point} was made to fail.`)
      : undefined
  })
  return {
    get asked() {
      return asked
    },
    heal,
  }
}

/** @throws HotplugError BAD_ARGUMENT (EINVAL) where a point that is named was not passed often enough */
function demandPassed({ point, index }: OperationFault, { asked }: Standing): void {
  if (point === undefined || asked > index) return
  const text = `The operation passes ${point} ${asked} times; its passing ${index} was to fail.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { point, asked } })
}

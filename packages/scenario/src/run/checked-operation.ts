import { HotplugError, settle } from '@memhp/core'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import {
  type FaultDeed,
  perform,
  type Session,
  type StandingFault,
  standCallback,
  standFault,
} from '@memhp/trace'
import type { OperationAction } from '../format/action'

/**
 * Carries one operation out as a simulation does: with its fault, until the machine has settled, and with every
 * invariant checked over it and after it.
 * @throws HotplugError as the machine refuses; BrokenInvariant, InvariantViolation
 */
export function carryOutChecked(session: Session, action: OperationAction): void {
  const { machine } = session
  const watch = new MachineWatch(machine)
  const { fault } = action
  const standing = fault === undefined ? undefined : standFault(machine, fault)
  const callback = action.callback && standCallback(session, action.callback)
  let refusal: Error | undefined
  try {
    const act = (): void => {
      try {
        perform(session, action.do)
        settle(machine)
      } catch (error) {
        if (error instanceof Error) refusal = error
        throw error
      }
    }
    const step = watch.step(action.do, act, () => callback?.hasActed === true)
    // Time turned back is not a step, and what two operations change is not one's.
    if (action.do.op !== 'restore' && callback?.hasPerformed !== true) checkStep(step)
  } finally {
    callback?.end()
    standing?.end()
    watch.end()
  }
  checkInvariants(machine)
  if (fault !== undefined && standing !== undefined) demandPassed(fault, standing)
  if (refusal !== undefined) throw refusal
}

/** @throws HotplugError BAD_ARGUMENT (EINVAL) where a point that is named was not passed often enough */
function demandPassed({ point, index }: FaultDeed, { passed, hasFailed }: StandingFault): void {
  if (point === undefined || hasFailed) return
  const text = `The operation passes ${point} ${passed} times; its passing ${index} was to fail.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { point, passed } })
}

import { demandIdle } from '../machine/operation'
import type { Machine } from '../model/machine'
import type { MachineState } from '../model/state'
import { clonePlain } from './clone'

/** A machine's whole state at one moment. It can be restored any number of times. @public */
export interface Snapshot {
  readonly state: MachineState
}

/**
 * Takes a snapshot. Costs as much as has been touched.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation: the state is not whole then
 * @public
 */
export function takeSnapshot(machine: Machine): Snapshot {
  demandIdle(machine, 'snapshot')
  return { state: clonePlain(machine.state) }
}

/**
 * Puts the machine back to a snapshot of it.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation
 * @public
 */
export function restoreSnapshot(machine: Machine, snapshot: Snapshot): void {
  demandIdle(machine, 'restore')
  machine.state = clonePlain(snapshot.state)
  if (machine.observers.areAny) machine.observers.tell({ kind: 'restored' })
}

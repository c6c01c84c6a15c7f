import type { Machine } from '../model/machine'
import type { MachineState } from '../model/state'
import { clonePlain } from './clone'

/** A machine's whole state at one moment. It can be restored any number of times. @public */
export interface Snapshot {
  readonly state: MachineState
}

/** Takes a snapshot. Costs as much as has been touched. @public */
export const takeSnapshot = (machine: Machine): Snapshot => ({ state: clonePlain(machine.state) })

/** Puts the machine back to a snapshot of it. @public */
export function restoreSnapshot(machine: Machine, snapshot: Snapshot): void {
  machine.state = clonePlain(snapshot.state)
  if (machine.observers.areAny) machine.observers.tell({ kind: 'restored' })
}

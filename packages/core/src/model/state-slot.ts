import type { Machine } from './machine'
import type { MachineState } from './state'
import type { WriteLog } from './write-log'

/** What has a state: a machine. @beta */
export interface HasState {
  readonly state: MachineState
  readonly writeLogs?: ReadonlySet<WriteLog>
}

/** How a field of the state enters the fingerprint: as it is, not at all, or by what the function makes of it. @beta */
export type SlotField<Value> = 'counts' | 'ignored' | ((value: Value, machine: Machine) => unknown)

/**
 * A place for a plugin's state of one type in `machine.state.memory`. What is put there is plain data (objects, arrays,
 * Maps, Sets, typed arrays of numbers and words), so that snapshots have it and the fingerprint covers it.
 * @beta
 */
export interface StateSlot<T> {
  /** Of an architecture (`stateSlot`) or of a firmware driver (`driverSlot`). */
  readonly holder: 'arch' | 'drivers'
  readonly key: string
  /**
   * Fields that the fingerprint leaves out, those that count as what a function makes of them, because they have more than
   * one form, and all others; absent: every field counts.
   */
  readonly fields?: { readonly [Field in keyof T]: SlotField<T[Field]> }
  /** The state of a machine. Read it anew in each operation: `restoreSnapshot` replaces it. Invariant: it has one. */
  of(machine: HasState): T
  /** @returns undefined where the machine has no such state */
  find(machine: HasState): T | undefined
  put(machine: HasState, state: T): void
}

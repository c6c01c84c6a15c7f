import type { Machine } from '@memhp/core'
import {
  driverSlot,
  emptyIntervalSet,
  type IntervalSet,
  insertInterval,
  type StateSlot,
} from '@memhp/core/plugin'
import type { SclpLayout } from './config'

/** The driver's name in descriptions and in `machine.state.memory.drivers`. */
export const DRIVER = 'sclp'

/** Plain data in `machine.state.memory.drivers.sclp`. Physical addresses in bytes. */
export interface SclpState {
  /** Storage that is not assigned to the partition: whole increments. */
  readonly standby: IntervalSet
  /** Storage whose assignment the hypervisor refuses. */
  readonly refused: IntervalSet
}

/** The state before boot. */
export function newState({ standby }: SclpLayout): SclpState {
  const state: SclpState = { standby: emptyIntervalSet(), refused: emptyIntervalSet() }
  for (const range of standby) insertInterval(state.standby, range)
  return state
}

/** Where the driver's state lies. */
export const SCLP: StateSlot<SclpState> = driverSlot(DRIVER)

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const sclpState = (machine: Machine): SclpState => SCLP.of(machine)

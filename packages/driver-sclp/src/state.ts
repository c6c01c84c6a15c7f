import type { Machine } from '@memhp/core'
import {
  driverSlot,
  emptyIntervalSet,
  type IntervalSet,
  insertInterval,
  type StateSlot,
} from '@memhp/core/plugin'
import type { SclpLayout, StandbyRange } from './config'

/** The driver's name in descriptions and in `machine.state.memory.drivers`. */
export const DRIVER = 'sclp'

/** Plain data in `machine.state.memory.drivers.sclp`. Physical addresses in bytes. */
export interface SclpState {
  /** Storage that is not assigned to the partition: whole increments. */
  readonly standby: IntervalSet
  /** Storage whose assignment the hypervisor refuses. */
  readonly refused: IntervalSet
  /** Storage of elements that are not attached. */
  readonly detached: IntervalSet
  /** Storage whose blocks are to hold their own struct pages when they are configured. */
  readonly memmapOnMemory: IntervalSet
}

const setOf = (ranges: readonly StandbyRange[]): IntervalSet => {
  const set = emptyIntervalSet()
  for (const range of ranges) insertInterval(set, range)
  return set
}

/** The state before boot. */
export const newState = ({ standby, detached, memmapOnMemory }: SclpLayout): SclpState => ({
  standby: setOf(standby),
  refused: emptyIntervalSet(),
  detached: setOf(detached),
  memmapOnMemory: setOf(memmapOnMemory ?? []),
})

/** Where the driver's state lies. */
export const SCLP: StateSlot<SclpState> = driverSlot(DRIVER)

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const sclpState = (machine: Machine): SclpState => SCLP.of(machine)

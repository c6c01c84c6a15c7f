import type { CallbackDeed, FaultDeed, MachineOperation } from '@memhp/trace'

/**
 * One operation of a simulation, as plain data: a list of them can be run again, shortened and printed.
 * `clear` drops everything that `obstruct` put into a block.
 */
export type SimOperation = MachineOperation | { readonly op: 'clear'; readonly block: number }

export interface SimStep {
  readonly operation: SimOperation
  /** A step of a transaction that is made to fail while the operation runs; one of fewer steps is not disturbed. */
  readonly fault?: FaultDeed
  /** What a callback does while the operation runs. */
  readonly callback?: CallbackDeed
}

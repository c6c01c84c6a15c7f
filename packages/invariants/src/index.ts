// @memhp/invariants: what must hold of a machine between two operations, and over one.
export { BrokenInvariant, type Finding } from './broken-invariant'
export {
  type CheckOptions,
  checkInvariants,
  checkStep,
  checkWatched,
  listInvariants,
} from './check-invariants'
export { isSame, listDifferences, type StateDifference } from './difference'
export type {
  InapplicableInvariant,
  InvariantEntry,
  StateInvariant,
  StepInvariant,
  TestedInvariant,
} from './invariant-entry'
export { type DeviceView, type Observation, observe, type ZoneView } from './observation'
export type { BlockChange, BlockView, SeenBlocks } from './seen-blocks'
export type { Heard, Notice, Outcome, Step } from './step'
export { MachineWatch } from './watch'

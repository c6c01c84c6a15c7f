// @memhp/invariants: what must hold of a machine between two operations, and over one.
export { BrokenInvariant, type Finding } from './broken-invariant'
export { type CheckOptions, checkInvariants, checkStep, listInvariants } from './check-invariants'
export { isSame, listDifferences, type StateDifference } from './difference'
export type {
  InapplicableInvariant,
  InvariantEntry,
  StateInvariant,
  StepInvariant,
  TestedInvariant,
} from './invariant-entry'
export {
  type BlockView,
  type DeviceView,
  type Observation,
  observe,
  type ZoneView,
} from './observation'
export { type Notice, type Outcome, type Step, watchStep } from './step'

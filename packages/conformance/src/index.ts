// Recordings of real kernels, replayed on the model.

// Random choices that depend on a seed alone
export { createRandom, type Random } from './generators/random'
export { compareText, compareViews, type Difference } from './replay/compare'
export { type Performed, performOperation } from './replay/perform'
export { type ReplayOptions, type ReplayReport, replayTrace } from './replay/replay'
export { replayStep } from './replay/replay-step'
// Seeded simulation: machines, operations and faults drawn from one number
export type { SimFault, SimOperation, SimStep } from './simulation/operation'
export { shortenFailure } from './simulation/shorten'
export {
  replaySteps,
  SimulationFailure,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from './simulation/simulate'
export type { World } from './simulation/world'
// Fault sweeps: every step of every operation fails once
export { NOT_ROLLED_BACK, type NotRolledBack } from './sweep/not-rolled-back'
export {
  type AnnouncedStep,
  type SweepOperation,
  type SweepOptions,
  type SweepReport,
  sweepFaults,
} from './sweep/sweep-faults'
export {
  parseTrace,
  type Trace,
  type TraceDevice,
  type TraceMachine,
  type TraceOperation,
  type TraceQmpEvent,
  type TraceStep,
} from './trace/trace'

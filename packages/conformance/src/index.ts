// Recordings of real kernels, replayed on the model.

// Random choices that depend on a seed alone
export { createRandom, type Random } from './generators/random'
export { type Performed, performOperation } from './replay/perform'
export {
  type Difference,
  type ReplayOptions,
  type ReplayReport,
  replayTrace,
} from './replay/replay'
// Seeded simulation: machines, operations and faults drawn from one number
export type { SimFault, SimOperation, SimStep } from './simulation/operation'
export {
  replaySteps,
  SimulationFailure,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from './simulation/simulate'
export type { World } from './simulation/world'
export {
  parseTrace,
  type Trace,
  type TraceDevice,
  type TraceMachine,
  type TraceOperation,
  type TraceQmpEvent,
  type TraceStep,
} from './trace/trace'

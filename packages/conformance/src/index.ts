// Recordings of real kernels, replayed on the model.

// Random choices that depend on a seed alone
export { createRandom } from './generators/random'
export {
  type FirstDifference,
  Replay,
  type ReplayOptions,
  type ReplayReport,
  replayTrace,
} from './replay/replay'
export { RECORDED_KERNELS, RULE_EVIDENCE } from './rule-evidence'
// Seeded simulation: machines, operations and faults drawn from one number
export type { SimOperation, SimStep } from './simulation/operation'
export { operationsOf } from './simulation/perform'
export { shortenFailure } from './simulation/shorten'
export {
  replaySteps,
  SimulationFailure,
  type SimulationObserver,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from './simulation/simulate'
export type { World } from './simulation/world'
// Fault sweeps: every injection point of every operation fails once
export { DONE_OTHERWISE } from './sweep/done-otherwise'
export type { FaultOutcome, FaultResult, InjectedFault } from './sweep/fault-sweep'
export { NOT_ROLLED_BACK, type NotRolledBack } from './sweep/not-rolled-back'
export {
  type CaseMachine,
  chosenMachines,
  type FaultCase,
  type FaultSweepOptions,
  injectionPointsOf,
  sweepAll,
} from './sweep/sweep-all'
// Random walks on a kernel that runs, and on the model beside it
export { drawWalkMachine } from './verify/draw-machine'
export {
  type BootKernel,
  LIVE_ARCHS,
  LIVE_DEVICES,
  type LiveArch,
  type LiveDevice,
  type LiveKernel,
  type WalkMachine,
} from './verify/live-kernel'
export { type ShrinkOptions, shrinkWalk } from './verify/shrink'
export {
  type WalkOptions,
  type WalkProgress,
  type WalkReport,
  type WalkSignal,
  walkAlong,
  walkAtRandom,
} from './verify/walk'

// Recordings of real kernels, replayed on the model.
export { type Difference, type ReplayOptions, type ReplayReport, replayTrace } from './replay/replay'
export { performOperation, type Performed } from './replay/perform'
export {
  parseTrace,
  type Trace,
  type TraceDevice,
  type TraceMachine,
  type TraceOperation,
  type TraceQmpEvent,
  type TraceStep,
} from './trace/trace'

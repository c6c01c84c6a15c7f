// What is done to a machine and what it answers, in the form of recorded traces.

export { compareText, type Difference } from './compare/compare'
// The flat view: what a tree says of its memory, in the form of recorded runs
export { recordedArch } from './flat/arch-name'
export { flatChange } from './flat/flat-change'
export { type FlatFiles, type FlatTrace, flatFiles } from './flat/flat-files'
export {
  FLAT_PARTS,
  type FlatChange,
  type FlatPart,
  FlatReader,
  type FlatViewOptions,
  flatView,
  partsOf,
} from './flat/flat-view'
// What can be done
export {
  type DropOperation,
  FILL_POLICIES,
  type FillOperation,
  type FillPolicy,
  INJECTABLE_EVENTS,
  type InjectOperation,
  isOperation,
  type LookOperation,
  type MachineOperation,
  type ModelOperation,
  type Operation,
  type OperationOf,
  type PageCgroupTablesOperation,
  type PageTablesOperation,
  type PgdatReadOperation,
  type PlugOperation,
  type PlugResizableOperation,
  type ReadingOperation,
  type RecordedOperation,
  type ResizeOperation,
  type ShellOperation,
  type UnplugOperation,
  type WriteOperation,
} from './operation'
export { callbackText, operationText, writeText } from './operation-text'
// Doing it to a machine
export { type Answer, answerOperation } from './perform/answer'
export { type CallbackDeed, type StandingCallback, standCallback } from './perform/callback'
export { type FaultDeed, injected, type StandingFault, standFault } from './perform/fault'
export { type Performed, type PerformOptions, perform } from './perform/perform'
export { type Reading, readMachine } from './perform/reading'
export {
  checkFreeName,
  memoryOf,
  type NamedMemory,
  openSession,
  type Session,
  type SessionSnapshot,
  snapshotOf,
} from './perform/session'
export type { TextPlace } from './read/json-place'
export { type ParsedJson, parseJson, parsePlainJson } from './read/parse-json'
export { parseTrace } from './read/parse-trace'
// Recorded runs
export {
  TRACE_VERSION,
  type Trace,
  type TraceDevice,
  type TraceMachine,
  type TraceMachineResizable,
  type TraceQmpEvent,
  type TraceResizable,
  type TraceResult,
  type TraceStep,
} from './trace'

// What is done to a machine and what it answers, in the form of recorded traces.

export { compareText, type Difference } from './compare/compare'
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
  type ReadingOperation,
  type RecordedOperation,
  type ShellOperation,
  type UnplugOperation,
  type WriteOperation,
} from './operation'
// Doing it to a machine
export { type Answer, answerOperation } from './perform/answer'
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
export { type ParsedJson, parseJson } from './read/parse-json'
export { parseTrace } from './read/parse-trace'
// Recorded runs
export {
  TRACE_VERSION,
  type Trace,
  type TraceDevice,
  type TraceMachine,
  type TraceQmpEvent,
  type TraceResult,
  type TraceStep,
} from './trace'

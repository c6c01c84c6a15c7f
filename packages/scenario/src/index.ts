// Scenarios in YAML that run on a machine step by step and say what they expect.
export * from './format/action'
export { actionText } from './format/action-text'
export * from './format/check'
export * from './format/place'
export * from './format/scenario'
export { formatScenario, type WrittenRun } from './format/write'
export { type ActionField, actionFields } from './read/action-fields'
export { readDocument, type SourceDocument } from './read/document'
export { type ParseOptions, parseScenario } from './read/parse'
export type { Problem } from './read/problem'
export { ACTION_SUMMARIES, readAction } from './read/read-action'
export { carryOut } from './run/act'
export { type BootedMachine, type BootOptions, bootScenario } from './run/boot'
export { expectationError, type Failure, formatFailure } from './run/failure'
export {
  everyKernel,
  type RunOnKernels,
  runOnKernels,
  type SharedStory,
  type StepOnKernels,
  type Story,
  storyOf,
  type UnfitKernel,
} from './run/on-kernels'
export {
  type RunOptions,
  runScenario,
  type ScenarioResult,
  type ScenarioRun,
  type StepReport,
  startScenario,
} from './run/run'
export { scenarioJsonSchema } from './schema/scenario'
export type { Outcome } from './session/outcome'
export type { Happenings, KeyChange } from './session/record'
export { closestWord, formatNumberList, parseNumberList } from './text'
export { joinUevents, outcomeText, platformText, ueventText } from './verify/event-checks'

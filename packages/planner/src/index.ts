// From a goal to a plan to its execution, with a journal and rollback, on any file tree.

// Carrying a plan out
export {
  type JournalSink,
  type PendingStep,
  parseJournal,
  type RecordedRun,
} from './execute/durable-journal'
export { executePlan } from './execute/execute-plan'
export type { Inconsistency, InconsistencyKind } from './execute/inconsistency'
export {
  type BlockBefore,
  type Execution,
  type ExecutionOutcome,
  failedEntry,
  hasFailed,
  type JournalEntry,
  type StepResult,
  type UndoEntry,
  type UndoWrite,
} from './execute/journal'
export type {
  JournalRecord,
  RecordedOutcome,
  RollbackCause,
  RunAbout,
} from './execute/journal-record'
export type { ExecuteOptions, Progress, Waiting } from './execute/options'
export { resumeRun, undoRun } from './execute/resume'
export {
  entriesToUndo,
  lostTexts,
  type Undoing,
  type UndoOptions,
  undoJournal,
} from './execute/undo'
export { verifyPlan } from './execute/verify'
// Why memory stays
export { ERRNO_MEANINGS, type ErrnoMeaning, type ErrnoOperation } from './explain/errnos'
export {
  type Cause,
  type Evidence,
  type ExplainOptions,
  type Explanation,
  explainBlock,
  explainDevice,
  explainErrno,
  explainLog,
  type PastFailure,
} from './explain/explain'
export { errnoOfNumber, type LogFact, logFactsIn } from './explain/log-facts'
// Plans that are kept
export type { PlanChange } from './file/changes'
export { checkPlanFile, type PlanCheck } from './file/check-plan-file'
export { PLAN_FILE_VERSION, PLAN_FORMAT, type PlanFile } from './file/format'
export { parsePlanFile, planFileOf, serialisePlanFile } from './file/plan-file'
export type { BlocksState, PlanState } from './file/state'
// Goals and plans
export {
  describeGoal,
  type PlanGoal,
  type PolicyGoal,
  type RemovalGoal,
  type ResizeGoal,
} from './goal/goal'
export { poisonedBlocks } from './goal/poisoned-blocks'
// What can go
export { type Obstacle, obstaclesOf } from './outlook/obstacles'
export {
  type BlockOutlook,
  type DeviceOutlook,
  type MostOutlook,
  type NodeOutlook,
  type Outlook,
  outlookOf,
  outlookOfBlock,
  outlooksOfDevices,
  type TogetherOutlook,
} from './outlook/outlook'
export type { BlockDependency, DependencyHook } from './plan/dependency'
export { ASSUMED_RATE, estimateOf, type PlanEstimate } from './plan/estimate'
export type { BlockOrder } from './plan/order'
export {
  type Expectation,
  type OnlineStep,
  PLAN_VERSION,
  type Plan,
  type PlannedBlock,
  type PlanStep,
  type PlanWarning,
  plannedResize,
  type ResizeStep,
  type SetStep,
} from './plan/plan'
export { type PlanOptions, planRemoval } from './plan/plan-removal'
export { planResize } from './plan/plan-resize'
export { type PlugRoom, plugRoomOf } from './plan/plug-room'
export {
  deviceOfRequest,
  type Resizable,
  requestFile,
  resizablesOf,
  sizeFile,
} from './plan/resizable'
// Policies for memory that comes
export { decide, type PolicyDecision } from './policy/decide'
export {
  onlineSteps,
  policyPlan,
  type SettingsDue,
  settingFile,
  settingsDue,
} from './policy/plan-policy'
export {
  type AddedBy,
  type OnlinePolicy,
  POLICY_SETTINGS,
  type PolicyCondition,
  type PolicyRule,
  type PolicyZone,
} from './policy/policy'
// Predictions
export type { HeadRoom } from './predict/head-room'
export { type Holdings, holdingsOf } from './predict/holdings'
export { predictBlock } from './predict/predict-block'
export {
  CONFIDENCE_WORDS,
  type Confidence,
  type ExpectedOutcome,
  mayGo,
  type Prediction,
} from './predict/prediction'
export {
  REASONS,
  type Reason,
  type ReasonKind,
  type ReasonText,
  remediesFor,
} from './predict/reason'

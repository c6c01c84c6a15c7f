// From a goal to a plan to its execution, with a journal and rollback, on any file tree.

// Rehearsing a plan on a machine
export { type Census, takeCensus } from './census/census'
export type { BlockCensus, SectionCensus } from './census/count-blocks'
export type { DeviceCensus, FirmwareCensus } from './census/count-devices'
export type { EntryCensus, EntryCount } from './census/count-entries'
export type { NodeCensus } from './census/count-nodes'
export type { PageUse, UseCounts } from './census/count-page-use'
export type { Remainder } from './census/count-remainder'
export type { IomemLine } from './census/count-resources'
export type { BackingCensus, LevelCensus, TableCensus } from './census/count-tables'
export { type Scope, scopeOfPlan } from './census/scope'
// Carrying a plan out
export { executePlan } from './execute/execute-plan'
export type { Inconsistency, InconsistencyKind } from './execute/inconsistency'
export {
  type BlockBefore,
  type Execution,
  type ExecutionOutcome,
  failedEntry,
  type JournalEntry,
  type StepResult,
  type UndoEntry,
  type UndoWrite,
} from './execute/journal'
export type { ExecuteOptions, Progress, Waiting } from './execute/options'
export { verifyPlan } from './execute/verify'
// Goals and plans
export { describeGoal, type RemovalGoal } from './goal/goal'
export type { BlockOrder } from './plan/order'
export {
  type Expectation,
  PLAN_VERSION,
  type Plan,
  type PlannedBlock,
  type PlanStep,
  type PlanWarning,
} from './plan/plan'
export { type PlanOptions, planRemoval } from './plan/plan-removal'
// Predictions
export type { HeadRoom } from './predict/head-room'
export { type Holdings, holdingsOf } from './predict/holdings'
export { predictBlock } from './predict/predict-block'
export type { Confidence, ExpectedOutcome, Prediction } from './predict/prediction'
export {
  REASONS,
  type Reason,
  type ReasonKind,
  type ReasonText,
  remediesFor,
} from './predict/reason'
export { type Balance, type BalanceRow, type BalanceTopic, balanceOf } from './rehearse/balance'
export {
  type Diagnosis,
  diagnose,
  type ObstacleCount,
  type OtherObstacle,
} from './rehearse/diagnosis'
export type { Move } from './rehearse/moves'
export type { PageEvidence } from './rehearse/page-evidence'
export {
  type Rehearsal,
  type RehearsalOutcome,
  type RehearseOptions,
  rehearse,
} from './rehearse/rehearse'

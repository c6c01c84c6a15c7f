// A removal tried on a machine: what its memory has beside it, before and after, and why it stays where it does.

export { type Balance, type BalanceRow, type BalanceTopic, balanceOf } from './balance'
// What a machine keeps about some memory
export { type Census, takeCensus } from './census/census'
export type { BlockCensus, SectionCensus } from './census/count-blocks'
export type { DeviceCensus } from './census/count-devices'
export type { EntryCensus, EntryCount } from './census/count-entries'
export type { NodeCensus } from './census/count-nodes'
export type { PageUse, UseCounts } from './census/count-page-use'
export type { Remainder } from './census/count-remainder'
export type { IomemLine } from './census/count-resources'
export type { BackingCensus, LeafCensus, LevelCensus, TableCensus } from './census/count-tables'
export { type Scope, scopeOfPlan } from './census/scope'
export { type TableTrees, tableTrees } from './census/table-trees'
// Why memory stays
export {
  type Diagnosis,
  diagnose,
  type ObstacleCount,
  type OtherObstacle,
} from './diagnosis/diagnosis'
export type { PageEvidence } from './diagnosis/page-evidence'
export type { Move } from './moves'
// Where memory comes online
export { type OnlineWish, type OnlineZone, onlineZones } from './online-zones'
export { pageCgroupDependencies } from './page-cgroup-dependencies'
export {
  type Doubt,
  type Rehearsal,
  type RehearsalOutcome,
  type RehearseOptions,
  rehearse,
} from './rehearse'
// A machine as clients see it
export { topologyOf } from './topology-of'

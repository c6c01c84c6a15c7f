// @memhp/core/inspect, for those who look into a machine: checks, reports, comparisons.
export { checkArchState } from './arch/check-arch-state'
export { hasStructPages } from './arch/struct-pages'
export {
  blockIds,
  blockIdsOfNode,
  blockIdsOfRange,
  blockOfSection,
  blockRange,
  findBlock,
  findBlockIn,
  nodeHasBlocks,
} from './block/block-table'
export { kernelsOf } from './boot/check-kernel'
export { placeSetAside, type SetAside, type SetAsideFacts } from './contiguous/areas'
export { type ChangeOnRelease, kernelChanges, seenReleases } from './generation/kernel-line'
export { keptByNotifier } from './hotplug/offline'
export type { ChosenSteps } from './hotplug/steps'
export { type TransactionName, transactionSteps } from './hotplug/transaction-steps'
export { movableZoneOf, zoneForBlock } from './hotplug/zone-choice'
export { migrationTargets } from './isolation/migrate'
export { firstObstacle, listObstacles } from './isolation/obstacle'
export { poisonedPages } from './isolation/online-range'
export { clonePlain } from './machine/clone'
export { injectFault, injectStepFault, pointOfStep } from './machine/faults'
export { coreInjectionPoints } from './machine/injection-points'
export { watchSteps } from './machine/step-watch'
export { logWrites } from './machine/write-log'
export { matchDirectMapCounters } from './mapping/boot-mapping'
export {
  countLevels,
  type LeafRun,
  type LevelCount,
  type LinkedTable,
  linkedTables,
  listLeaves,
  listTables,
  type Translation,
  translate,
} from './mapping/leaf-list'
export type { StoredTable } from './mapping/leaf-tables'
export { allocatorPages } from './mapping/mapping-change'
export {
  directRange,
  memmapRange,
  radixRegions,
  regionBase,
  regionOrigin,
  regionStart,
  sectionsDescribed,
  wholeRegion,
} from './mapping/region-range'
export type { FirmwareMapEntry } from './model/firmware-map'
export { hugePageOrders } from './model/geometry'
export type { PointFault, StepFault, StepWatcher, WatchedStep } from './model/machine-event'
export type { MigrationFailure } from './model/migration'
export type { Obstacle } from './model/obstacle'
export {
  MIGRATE_TYPE,
  MIGRATE_TYPE_LABELS,
  MIGRATE_TYPES,
  type MigrateTypeName,
  PAGE_FLAG,
  PAGE_KIND,
  type PageColumns,
  type PageKindName,
  type SectionUse,
} from './model/page'
export type { Resource } from './model/resource'
export type { Section } from './model/section'
export type { UseSegment } from './model/section-use'
export type { WriteLog } from './model/write-log'
export { findNode, nodeDistance, nodeOf } from './node/node-table'
export { checkPages } from './page-check/check'
export { countPages, type PageCounts } from './page-check/page-count'
export { PageLedger } from './page-check/page-ledger'
export { isWholeOrOneSection } from './page-use/captured-flags'
export { claimKernelChunk } from './page-use/unmovable'
export { bootExtentsIn, findSection, writableSection, zoneOfPfn } from './section/section-table'
export { NOTHING_USED, planCapturedUse } from './section-pages/captured-use-plan'
export { freeCounts, pageblockCounts } from './section-pages/free-counts'
export { pageCgroupHost } from './series-2012/page-cgroup'
export { zoneMembers } from './series-2012/zone-membership'
export { canonicalMemory } from './snapshot/canonical'
export { validZones } from './sysfs/memory'
export { subsectionPages } from './zone/subsection'
export { updateNodeSpan, zoneEndPfn } from './zone/zone-span'
export {
  highmemStart,
  isKernelZone,
  isMovableZone,
  servesKernel,
  zoneKey,
  zoneOf,
} from './zone/zone-table'

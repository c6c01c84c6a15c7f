// @memhp/core/inspect, for those who look into a machine: checks, reports, comparisons.
export {
  blockIds,
  blockIdsOfNode,
  blockIdsOfRange,
  blockRange,
  findBlock,
  nodeHasBlocks,
} from './block/block-table'
export { parseConnectorNames } from './device-tree/connectors'
export {
  DYNAMIC_MEMORY,
  formatLmbSize,
  formatLmbTable,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  type LmbTableFile,
  parseLmbSize,
  parseLmbTable,
} from './device-tree/dynamic-memory'
export {
  hasFlag,
  isAssignedLmb,
  isDynamicLmb,
  joinLmbRuns,
  LMB_FLAG,
  type LmbRun,
  lmbsOfRun,
  NO_ASSOCIATIVITY,
} from './device-tree/lmb'
export { movableZoneOf, zoneForBlock } from './hotplug/zone-choice'
export { type MigrationFailure, migrationTargets } from './isolation/migrate'
export { firstObstacle, listObstacles, type Obstacle } from './isolation/obstacle'
export { type BuddyText, parseBuddyinfo } from './kernel-text/buddyinfo'
export { type IomemLine, isMaskedIomem, parseIomem } from './kernel-text/iomem'
export { MOST_CPUS, MOST_NODES, parseNumberList } from './kernel-text/number-list'
export { TextFault } from './kernel-text/text-fault'
export { parseZoneinfo, type ZoneText } from './kernel-text/zoneinfo'
export { matchDirectMapCounters } from './mapping/boot-mapping'
export {
  countLevels,
  type LeafRun,
  type LevelCount,
  listLeaves,
  type Translation,
  translate,
} from './mapping/leaf-list'
export type { FirmwareMapEntry } from './model/firmware-map'
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
export { findNode, formatList, nodeDistance, nodeOf } from './node/node-table'
export { checkPages } from './page-check/check'
export { countPages, type PageCounts } from './page-check/page-count'
export { formatIomem } from './resource/resource-tree'
export { bootExtentsIn, findSection, writableSection, zoneOfPfn } from './section/section-table'
export { freeCounts, pageblockCounts } from './section-pages/free-counts'
export { clonePlain } from './snapshot/clone'
export { canonicalMemory } from './snapshot/fingerprint'
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

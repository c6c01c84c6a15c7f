// @memhp/core: the language of memory hot-plug, the plugin contracts, and the machine's generic half.
export {
  type BlockId,
  type Brand,
  blockId,
  type NodeId,
  nodeId,
  type Pfn,
  type PhysAddr,
  pfn,
  physAddr,
  type SectionNr,
  sectionNr,
} from './address/brand'
export {
  coveredSize,
  emptyIntervalSet,
  type IntervalSet,
  insertInterval,
  intervalAtOrAbove,
  intervalAtOrBelow,
  intervalContains,
  removeInterval,
} from './address/interval-set'
export {
  type PfnRange,
  type PhysRange,
  type Range,
  rangeContains,
  rangeIntersection,
  rangeSize,
  rangesOverlap,
} from './address/range'
export { alignDown, alignUp, GIB, isAligned, isPowerOfTwo, KIB, MIB, TIB } from './address/units'
export { allocatePages, freePages } from './allocator/allocate'
export {
  type HugePages,
  releaseHugePages,
  reserveHugePages,
  shrinkHugePool,
  useHugePages,
} from './allocator/huge'
export type { Mobility } from './allocator/zonelist'
export {
  bindBlock,
  blockIds,
  blockIdsOfNode,
  blockIdsOfRange,
  blockRange,
  findBlock,
} from './block/block-table'
export { groupOf, registerGroup, unregisterGroup } from './block/group'
export { createMachine, type Plugins } from './boot/create'
export { parseCmdline } from './boot/settings'
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
export { ERROR_CODES, type ErrorCode } from './errors/codes'
export { ERRNO, ERRNO_MESSAGES, type Errno } from './errors/errno'
export { type ErrorDetail, HotplugError, isHotplugError, refusalOf } from './errors/hotplug-error'
export { InvariantViolation, invariant } from './errors/invariant'
export { generationOf, V6_1 } from './generation/generations'
export { type AddMemoryRequest, addMemory, guessNode } from './hotplug/add'
export { offlineBlock } from './hotplug/offline'
export { onlineBlock } from './hotplug/online'
export { offlineAndRemoveMemory, removeMemory, tryOfflineNode } from './hotplug/remove'
export { zoneForBlock } from './hotplug/zone-choice'
export { BrokenInvariant, type Finding } from './invariants/broken-invariant'
export {
  type CheckOptions,
  checkInvariants,
  checkStep,
  listInvariants,
} from './invariants/check-invariants'
export { isSame, listDifferences, type StateDifference } from './invariants/difference'
export type {
  InapplicableInvariant,
  InvariantEntry,
  StateInvariant,
  StepInvariant,
  TestedInvariant,
} from './invariants/invariant-entry'
export {
  type BlockView,
  type DeviceView,
  type Observation,
  observe,
  type ZoneView,
} from './invariants/observation'
export {
  type Notice,
  type Operation,
  type Outcome,
  type Step,
  watchStep,
} from './invariants/step'
export { type MigrationFailure, migrationTargets } from './isolation/migrate'
export { firstObstacle, listObstacles, type Obstacle } from './isolation/obstacle'
export { type BuddyText, parseBuddyinfo } from './kernel-text/buddyinfo'
export { type IomemLine, isMaskedIomem, parseIomem } from './kernel-text/iomem'
export { MOST_CPUS, MOST_NODES, parseNumberList } from './kernel-text/number-list'
export { TextFault } from './kernel-text/text-fault'
export { parseZoneinfo, type ZoneText } from './kernel-text/zoneinfo'
export { directoryOf, linkTo, mountAll, readOnly, readWrite, writeOnly } from './kobject/mount'
export { treeOf } from './kobject/tree'
export { emitPlatformEvent, emitUevent, logLine, queueWork } from './machine/journal'
export { nextRandom } from './machine/random'
export { settle } from './machine/settle'
export { mapBootMemory, matchDirectMapCounters } from './mapping/boot-mapping'
export { checkPageTableGeometry } from './mapping/geometry-check'
export type { MappingRange } from './mapping/kernel-tables'
export { type LeafExtent, leafExtents } from './mapping/leaf-extent'
export {
  countLevels,
  type LeafRun,
  type LevelCount,
  listLeaves,
  type Translation,
  translate,
} from './mapping/leaf-list'
export { type Backing, type Mapped, type MapRequest, mapRange } from './mapping/map-range'
export { checkMapping, type MappingRules } from './mapping/mapping-check'
export { supportsMemmapOnMemory } from './mapping/memmap-on-memory'
export { type SplitLeaf, type SplitRequest, splitLeaf } from './mapping/split-leaf'
export type { LeafCount, TableCount } from './mapping/tally'
export {
  type FrameOwner,
  type LeftLeaf,
  type Unmapped,
  type UnmapRequest,
  unmapRange,
} from './mapping/unmap-range'
export {
  type FreedVmemmap,
  type FreeVmemmapRequest,
  freeVmemmap,
  type SharedLeaf,
} from './mapping/vmemmap-free'
export {
  type NeverUsedBytes,
  type PopulateRequest,
  populateVmemmap,
} from './mapping/vmemmap-populate'
export {
  bitWords,
  fieldMask,
  formatWord,
  hasBit,
  highWord,
  lacksBits,
  lowWord,
  maskedNumber,
  orWords,
  wordsOf,
} from './mapping/words'
export type {
  Arch,
  ArchAddRequest,
  ArchDefinition,
  ArchFeatures,
  ArchGeometry,
  ArchRemoval,
  ArchZone,
  MappingEntry,
} from './model/arch'
export {
  type BlockState,
  type MemoryBlock,
  type MemoryGroup,
  ONLINE_TYPES,
  type OnlineType,
} from './model/block'
export type {
  BootBlockFacts,
  BootZoneFacts,
  FirmwareMapFacts,
  IomemFacts,
  MachineDescription,
  NodeDescription,
  RamDescription,
} from './model/description'
export type { DeviceRange, MemoryDevice } from './model/device'
export type { Attribute, Directory, Link, TreeNode } from './model/directory'
export type {
  Driver,
  DriverDefinition,
  PlatformEvent,
  PluggedDevice,
  PlugRequest,
} from './model/driver'
export type { Awaitable, FileTree, LocalTree, TreeChange, TreeEntry } from './model/file-tree'
export type { FirmwareMapEntry } from './model/firmware-map'
export type { FrameKind, FrameSource } from './model/frame-source'
export type { Generation } from './model/generation'
export type { Geometry } from './model/geometry'
export type { Machine, MachineHooks } from './model/machine'
export {
  type BootLayout,
  type BootMapping,
  type MappingState,
  newMappingState,
} from './model/mapping-state'
export type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
  MemoryNotifier,
} from './model/memory-chain'
export type { MemoryNode } from './model/node'
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
  type TrackedAllocation,
} from './model/page'
export type {
  EntryFormat,
  EntryWords,
  PageTableGeometry,
  PageTableLevel,
  RegionName,
  VirtualRegion,
} from './model/page-table-geometry'
export type { Resource } from './model/resource'
export type { Section } from './model/section'
export type { Journal, LogLine, MachineState, MemoryState, Settings, Uevent } from './model/state'
export type { FreeArea, Zone, ZoneKey } from './model/zone'
export { findNode, formatList, nodeDistance, nodeOf } from './node/node-table'
export { registerMemoryNotifier } from './notify/notify'
export { countPages, type PageCounts } from './page-check/page-count'
export { pinPage, unpinPage } from './page-use/pin'
export { poisonPage, softOfflinePage } from './page-use/poison'
export {
  allocateTracked,
  allocationOf,
  releaseAllocation,
  type TrackedAllocationRequest,
  verifyAllocation,
} from './page-use/tracked-allocation'
export { placeUnmovablePage, removeUnmovablePage } from './page-use/unmovable'
export { defineArch, defineDriver } from './plugin/define'
export { formatIomem } from './resource/resource-tree'
export {
  addSection,
  findSection,
  isSectionPresent,
  removeSection,
  sectionPages,
  writableSection,
  zoneOfPfn,
} from './section/section-table'
export { freeCounts, pageblockCounts } from './section-pages/free-counts'
export { canonicalMemory, fingerprint } from './snapshot/fingerprint'
export { restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot/snapshot'
export { injectNotifierError } from './sysfs/error-inject'
export { validZones } from './sysfs/memory'
export { parseBool, parseOnlineType, parseUnsigned, parseWord } from './sysfs/parse'
export { bytesOfText, DEVICE_TREE, isBinaryFile, textOfBytes } from './tree/binary-file'
export { openDirectory } from './tree/open-directory'
export { isKernelZone, isMovableZone, zoneKey, zoneOf } from './zone/zone-table'

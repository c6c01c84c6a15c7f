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
export {
  type BlockState,
  type MemoryBlock,
  type MemoryGroup,
  ONLINE_TYPES,
  type OnlineType,
} from './block/block'
export {
  bindBlock,
  blockIds,
  blockIdsOfNode,
  blockIdsOfRange,
  blockRange,
  findBlock,
} from './block/block-table'
export { groupOf, registerGroup, unregisterGroup } from './block/group'
export type { DeviceRange, MemoryDevice } from './device/device'
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
export type { FirmwareMapEntry } from './firmware-map/firmware-map'
export type { Generation } from './generation/generation'
export { generationOf, V6_1 } from './generation/generations'
export { type AddMemoryRequest, addMemory, guessNode } from './hotplug/add'
export { supportsMemmapOnMemory } from './hotplug/memmap-on-memory'
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
  AbsentInvariant,
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
export { type BuddyText, parseBuddyinfo } from './kernel-text/buddyinfo'
export { type IomemLine, isMaskedIomem, parseIomem } from './kernel-text/iomem'
export { MOST_CPUS, MOST_NODES, parseNumberList } from './kernel-text/number-list'
export { TextFault } from './kernel-text/text-fault'
export { parseZoneinfo, type ZoneText } from './kernel-text/zoneinfo'
export type { Attribute, Directory, Link, TreeNode } from './kobject/directory'
export { directoryOf, linkTo, mountAll, readOnly, readWrite, writeOnly } from './kobject/mount'
export { treeOf } from './kobject/tree'
export { createMachine, type Plugins } from './machine/create'
export type {
  BootBlockFacts,
  BootZoneFacts,
  FirmwareMapFacts,
  IomemFacts,
  MachineDescription,
  NodeDescription,
  RamDescription,
} from './machine/description'
export { canonicalMemory, fingerprint } from './machine/fingerprint'
export type { Geometry } from './machine/geometry'
export { emitPlatformEvent, emitUevent, logLine, queueWork } from './machine/journal'
export type { Machine, MachineHooks } from './machine/machine'
export { nextRandom } from './machine/random'
export { parseCmdline } from './machine/settings'
export { settle } from './machine/settle'
export { restoreSnapshot, type Snapshot, takeSnapshot } from './machine/snapshot'
export type { Journal, LogLine, MachineState, MemoryState, Settings, Uevent } from './machine/state'
export { layBootMapping, matchDirectMapCounters } from './mapping/boot-mapping'
export type { FrameKind, FrameSource } from './mapping/frame-source'
export type {
  EntryFormat,
  EntryWords,
  PageTableGeometry,
  PageTableLevel,
  RegionName,
  VirtualRegion,
} from './mapping/geometry'
export { checkPageTableGeometry } from './mapping/geometry-check'
export type { MappingRange } from './mapping/kernel-tables'
export {
  countLevels,
  type LeafRun,
  type LevelCount,
  listLeaves,
  type Translation,
  translate,
} from './mapping/leaf-list'
export { type LeafStretch, leafStretches } from './mapping/leaf-stretch'
export { type Backing, type Mapped, type MapRequest, mapRange } from './mapping/map-range'
export { checkMapping, type MappingRules } from './mapping/mapping-check'
export { type SplitLeaf, type SplitRequest, splitLeaf } from './mapping/split-leaf'
export {
  type BootLayout,
  type BootMapping,
  type MappingState,
  newMappingState,
} from './mapping/state'
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
export type { MemoryNode } from './node/node'
export { findNode, formatList, nodeDistance, nodeOf } from './node/node-table'
export type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
  MemoryNotifier,
} from './notify/memory-chain'
export { registerMemoryNotifier } from './notify/notify'
export { allocatePages, freePages } from './page/allocate'
export { freeCounts, pageblockCounts } from './page/count'
export {
  type HugePages,
  releaseHugePages,
  reserveHugePages,
  shrinkHugePool,
  useHugePages,
} from './page/huge'
export { type MigrationFailure, migrationTargets } from './page/migrate'
export { firstObstacle, listObstacles, type Obstacle } from './page/obstacle'
export { createOwner, type OwnerRequest, ownerOf, releaseOwner, verifyOwner } from './page/owner'
export {
  MIGRATE_TYPE,
  MIGRATE_TYPE_LABELS,
  MIGRATE_TYPES,
  type MigrateTypeName,
  PAGE_FLAG,
  PAGE_KIND,
  type PageColumns,
  type PageKindName,
  type PageOwner,
  type SectionUse,
} from './page/page'
export { countPages, type PageCounts } from './page/page-count'
export { pinPage, unpinPage } from './page/pin'
export { poisonPage, softOfflinePage } from './page/poison'
export { placeUnmovablePage, removeUnmovablePage } from './page/unmovable'
export type { Mobility } from './page/zonelist'
export type {
  Arch,
  ArchAddRequest,
  ArchDefinition,
  ArchFeatures,
  ArchGeometry,
  ArchRemoval,
  ArchZone,
  MappingEntry,
} from './plugin/arch'
export { defineArch, defineDriver } from './plugin/define'
export type {
  Driver,
  DriverDefinition,
  PlatformEvent,
  PluggedDevice,
  PlugRequest,
} from './plugin/driver'
export type { Resource } from './resource/resource'
export { formatIomem } from './resource/resource-tree'
export type { Section } from './section/section'
export {
  addSection,
  isSectionPresent,
  peekSection,
  removeSection,
  sectionPages,
  touchSection,
  zoneOfPfn,
} from './section/section-table'
export { injectNotifierError } from './sysfs/error-inject'
export { validZones } from './sysfs/memory'
export { parseBool, parseOnlineType, parseUnsigned, parseWord } from './sysfs/parse'
export { bytesOfText, DEVICE_TREE, isBinaryFile, textOfBytes } from './tree/binary-file'
export type { Awaitable, FileTree, LocalTree, TreeChange, TreeEntry } from './tree/file-tree'
export { openDirectory } from './tree/open-directory'
export type { FreeArea, Zone, ZoneKey } from './zone/zone'
export { isKernelZone, isMovableZone, zoneKey, zoneOf } from './zone/zone-table'

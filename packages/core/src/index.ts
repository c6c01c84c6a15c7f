// @memhp/core, for those who make and run a machine.
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
  type PfnRange,
  type PhysRange,
  type Range,
  rangeContains,
  rangeIntersection,
  rangeSize,
  rangesOverlap,
} from './address/range'
export { alignDown, alignUp, GIB, isAligned, isPowerOfTwo, KIB, MIB, TIB } from './address/units'
export { createMachine, type Plugins } from './boot/create'
export {
  AUTO_MOVABLE,
  CONTIGUOUS_MEMORY,
  ERROR_INJECTION,
  HUGE_PAGES,
  KERNEL_LOG,
  MEMMAP_ON_MEMORY,
  MEMORY_COUNTERS,
  MEMORY_FAILURE,
  MEMORY_PROBE,
  PAGE_MONITOR,
  REREADING,
  SUBSYSTEMS,
  WITHHOLDING,
} from './boot/subsystems'
export { ERROR_CODES, type ErrorCode } from './errors/codes'
export { ERRNO, ERRNO_MESSAGES, type Errno } from './errors/errno'
export { type ErrorDetail, HotplugError, isHotplugError, refusalOf } from './errors/hotplug-error'
export { InvariantViolation, invariant } from './errors/invariant'
export {
  DEFAULT_GENERATION,
  DEFAULT_KERNELS,
  type GenerationOfRelease,
  generationOf,
  generationOfRelease,
  KERNELS,
  otherKernels,
} from './generation/generations'
export { RFC9 } from './generation/rfc9'
export { GENERATIONS } from './generation/series-2012'
export { V6_1 } from './generation/v6-1'
export { V6_12 } from './generation/v6-12'
export { V6_18 } from './generation/v6-18'
export { V7_2 } from './generation/v7-2'
export { V7_3 } from './generation/v7-3'
export { addMemory } from './hotplug/add'
export { offlineBlock } from './hotplug/offline'
export { onlineBlock } from './hotplug/online'
export { offlineAndRemoveMemory, removeMemory } from './hotplug/remove'
export {
  type HugePages,
  releaseHugePages,
  reserveHugePages,
  shrinkHugePool,
  useHugePages,
} from './huge-pages/pool'
export { settle } from './machine/settle'
export type { AssumedChange } from './model/assumed-change'
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
  GiganticPageFacts,
  IomemFacts,
  MachineDescription,
  NodeDescription,
  RamDescription,
} from './model/description'
export type { DeviceRange, MemoryDevice } from './model/device'
export type {
  DriverConfigs,
  DriverTimer,
  Platform,
  PluggedDevice,
  PlugRequest,
  ResizableDevice,
  ResizablePlatform,
  ResizableRequest,
} from './model/driver'
export type { Features, KernelConfig } from './model/features'
export type {
  Awaitable,
  ContentsAsked,
  DirectoryContents,
  FileTree,
  LocalTree,
  TreeChange,
  TreeEntry,
} from './model/file-tree'
export type { Generation, GenerationAt, KernelRelease } from './model/generation'
export type { GenerationRules } from './model/generation-rules'
export type { Geometry } from './model/geometry'
export type { Journal, LogLine, PlatformEvent, Uevent } from './model/journal'
export type { Machine } from './model/machine'
export type {
  MachineEvent,
  MachineEventKind,
  MachineObserver,
  ObserveOptions,
  Observers,
  StepPhase,
  TransactionStep,
  Unsubscribe,
} from './model/machine-event'
export type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
  MemoryNotifier,
} from './model/memory-chain'
export type { MemoryNode } from './model/node'
export type { NodeChain, NodeChainEntry, NodeEvent, NodeNotice } from './model/node-chain'
export type { ChainEntry, NotifierAnswer, NotifierChain } from './model/notifier-chain'
export type { TrackedAllocation } from './model/page'
export type { BlockTable, MachineState, MemoryState, Settings } from './model/state'
export type { AddMemoryRequest, MergeResource } from './model/steps'
export type {
  AutoMovable,
  ContiguousMemory,
  ErrorInjection,
  FlaggedBlock,
  FlaggedHost,
  FlaggedPages,
  HugePageMigration,
  HugePagesHost,
  KernelLogging,
  MemmapOnMemory,
  MemoryCounters,
  MemoryFailure,
  MemoryProbe,
  PageMonitor,
  Rereader,
  Rereading,
  SelfHosting,
  Subsystems,
  Withholding,
} from './model/subsystem'
export type { FreeArea, FreeList, Zone, ZoneKey, ZoneKind } from './model/zone'
export { registerMemoryNotifier, registerNodeNotifier } from './notify/notify'
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
export { MachineClock } from './plugin/clock'
export {
  driverOf,
  expireTimers,
  platformOf,
  pluggedDevices,
  resizableDevices,
  resizableOf,
  timersOf,
} from './plugin/driver-of'
export { MERGE_RESOURCE } from './resource/merge'
export { fingerprint } from './snapshot/fingerprint'
export { restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot/snapshot'
export { injectNotifierError } from './sysfs/error-inject'

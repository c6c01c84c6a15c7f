// @memhp/core/plugin, for authors of architectures and firmware drivers.
export { type CountedFiles, derivePageBytes, type PageSize } from '@memhp/kernel-files'
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
export { allocatePages, freePages } from './allocator/allocate'
export type { Mobility } from './allocator/zonelist'
export type { ArchParts } from './arch/arch-parts'
export { composeArch } from './arch/compose-arch'
export { FIXED_AT_BOOT } from './arch/fixed-at-boot'
export {
  type ArchRefusal,
  holdsBootMemory,
  keepAllMemory,
  keepBootMemory,
} from './arch/keep-memory'
export { neverFreed } from './arch/never-freed'
export { PER_SECTION_MEMMAP } from './arch/section-memmap'
export { bindBlock } from './block/block-table'
export { groupOf, joinGroup, registerGroup, unregisterGroup } from './block/group'
export { throwAll } from './errors/throw-all'
export { guessNode } from './hotplug/add'
export { fakeOffline, fakeOnline } from './hotplug/fake-offline'
export { tryOfflineNode } from './hotplug/remove'
export { directoryOf, linkTo, mountAll, readOnly, readWrite, writeOnly } from './kobject/mount'
export { treeOf } from './kobject/tree'
export {
  type DeferredWork,
  deferredWork,
  dispatchWork,
  type WorkHandler,
  type WorkName,
} from './machine/deferred-work'
export { failsAt, passPoint } from './machine/faults'
export { emitPlatformEvent, emitUevent, logLine, queueWork } from './machine/journal'
export { nextRandom } from './machine/random'
export { say } from './machine/say'
export { driverSlot, stateSlot } from './machine/state-slot'
export { bitEntries } from './mapping/bit-entries'
export { mapBootMemory } from './mapping/boot-mapping'
export { pageTableProblem } from './mapping/geometry-check'
export type { MappingRange } from './mapping/kernel-tables'
export { type LeafExtent, leafExtents } from './mapping/leaf-extent'
export { LEAF_RUNS } from './mapping/leaf-run-marking'
export { LEAF_TABLES } from './mapping/leaf-table-keeping'
export { mapRange } from './mapping/map-range'
export { NO_CHANGE, sumOfChanges } from './mapping/mapping-change'
export { checkMapping } from './mapping/mapping-check'
export { supportsMemmapOnMemory } from './mapping/memmap-on-memory'
export { PAGE_TABLES } from './mapping/page-table-slot'
export type { Backing, MapRequest, UnmapRequest } from './mapping/requests'
export { SHARED_TABLE_PAGES } from './mapping/shared-table-pages'
export { type SplitLeaf, type SplitRequest, splitLeaf } from './mapping/split-leaf'
export { type LevelBits, tableLevels } from './mapping/table-levels'
export { unmapRange } from './mapping/unmap-range'
export { type FreeVmemmapRequest, freeVmemmap } from './mapping/vmemmap-free'
export { type PopulateRequest, populateVmemmap } from './mapping/vmemmap-populate'
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
  ArchAnswer,
  ArchDefinition,
  ArchEvidence,
  ArchFeatures,
  DrawnArch,
  FailedAddResidue,
} from './model/arch'
export type { ArchGeometry, ArchZone } from './model/arch-geometry'
export { andThen } from './model/awaitable'
export type { CapturedKernel } from './model/captured-kernel'
export type {
  CapturedBlock,
  CapturedHost,
  PlatformFacts,
  PortFacts,
  ResizableFacts,
} from './model/dialect/captured-host'
export type { DialectSource, NoteKind } from './model/dialect/dialect-source'
export type {
  DialectBlock,
  FirmwareDevice,
  FirmwareRemoval,
  FirmwareWrite,
} from './model/dialect/firmware-device'
export type {
  DeviceState,
  FirmwareCapture,
  FirmwareCensus,
  FirmwareDescription,
  FirmwareDialect,
  FirmwareFiles,
  FirmwareListing,
  FirmwareReading,
  ListedFirmware,
  ReadingAssumption,
  WantedFiles,
} from './model/dialect/firmware-dialect'
export type {
  FirmwareOperation,
  FirmwareRequest,
  FirmwareSweep,
  FirmwareWalk,
  ResizableDeed,
  WalkView,
} from './model/dialect/firmware-walk'
export type { Attribute, Directory, Link, TreeNode } from './model/directory'
export type { DriverDefinition, FirmwareDriver } from './model/driver'
export type { FrameKind, FrameRun, FrameSource } from './model/frame-source'
export type { DeviceFile } from './model/generation-rules'
export type { InjectionPoint, PointKind } from './model/injection-point'
export type { KernelLog } from './model/kernel-log'
export type {
  DirectMapping,
  FixedDirectMap,
  FixedRegion,
  FixedTranslation,
  HashDirectMap,
  HashVmemmap,
  KernelMapping,
  LeafCounter,
  MappingEntry,
  NoRegion,
  RadixDirectMap,
  RadixRegion,
  SectionMemmap,
  VmemmapMapping,
} from './model/kernel-mapping'
export type {
  FrameOwner,
  LeafCount,
  LeftLeaf,
  MappingChange,
  MappingRecord,
  RegionChange,
  SplitCount,
  TableCount,
} from './model/mapping-change'
export type { BootLayout, BootMapping, LeafTables, MappingState } from './model/mapping-state'
export type { MemmapKeeper, MemmapModel, MemmapOfSections } from './model/memmap-model'
export type {
  BitLetter,
  EntryBits,
  EntryFormat,
  EntryRun,
  EntryWords,
  LeafRunMarking,
  LeafTableKeeping,
  PageTableGeometry,
  PageTableLevel,
  RegionName,
  TableSharing,
} from './model/page-table-geometry'
export type { Random } from './model/random'
export type { HasState, SlotField, StateSlot } from './model/state-slot'
export { beginUnplug, cancelUnplug, type Dimm, findDimm, releaseDimm } from './platform/dimm'
export { type DimmFirmware, type DimmPolicy, dimmPlatform } from './platform/dimm-platform'
export { checkAddress, type Placement, placeFirstFit } from './platform/placement'
export { archCache } from './plugin/arch-cache'
export { checkedDriver } from './plugin/checked-driver'
export { defineArch, defineDriver } from './plugin/define'
export { deviceMemory } from './plugin/driver-of'
export { type NoOptions, noOptions } from './plugin/no-options'
export {
  dropRegion,
  releaseRegion,
  requestRegion,
  reserveRegion,
} from './resource/resource-tree'
export { addSection, isSectionPresent, removeSection, sectionPages } from './section/section-table'
export { kindsShape, type ShapesByKind, shapeOfKind, shapesByKind } from './shape/kinds-shape'
export { checkDescribed, refuseDescription } from './shape/refuse-description'
export {
  checkedShape,
  choiceShape,
  type FieldShapes,
  FLAG_SHAPE,
  listShape,
  mapShape,
  nullableShape,
  type OptionalShape,
  objectShape,
  optionalShape,
  recordShape,
  type Shape,
  type TextLimits,
  textShape,
  wholeShape,
} from './shape/shape'
export { type ShapeFault, shapeFault } from './shape/shape-fault'
export { parseBool, parseOnlineType, parseUnsigned, parseWord } from './sysfs/parse'
export { openDirectory } from './tree/open-directory'
export { growSpans } from './zone/zone-span'

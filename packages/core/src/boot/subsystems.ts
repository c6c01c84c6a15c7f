import { chooseAside, freeAside } from '../contiguous/choose-aside'
import {
  bootContiguous,
  cutAside,
  firstAside,
  firstObstacleAside,
  markAside,
  putAsideLast,
  takenAside,
} from '../contiguous/contiguous'
import { autoMovableZone } from '../hotplug/auto-movable'
import { bootGiganticPages } from '../huge-pages/boot'
import { enterHugePages, layOutHugePages, planHugePages } from '../huge-pages/captured'
import { describeGiganticPages, freeOnHost } from '../huge-pages/describe'
import { firstGigantic } from '../huge-pages/gigantic'
import { migrateHugePages } from '../huge-pages/migrate'
import { dissolveFreeHugePages } from '../huge-pages/pool'
import { straddling } from '../huge-pages/straddling'
import { withheldPagesOf, withholdPages } from '../isolation/withhold'
import { sayInWords } from '../kernel-log/say-in-words'
import { tellZonelists } from '../kernel-log/zonelists'
import { hosting } from '../memmap-on-memory/hosting'
import { pagesOnHost } from '../memmap-on-memory/on-host'
import { blocksToAdd, blocksToRemove, refuseGranularity } from '../memmap-on-memory/parts'
import { memmapPagesPerBlock, supports } from '../memmap-on-memory/supports'
import type {
  AutoMovable,
  ContiguousMemory,
  ErrorInjection,
  HugePageMigration,
  KernelLogging,
  MemmapOnMemory,
  MemoryCounters,
  MemoryFailure,
  MemoryProbe,
  PageMonitor,
  Rereading,
  Subsystems,
  Withholding,
} from '../model/subsystem'
import { usesByFlags } from '../page-use/captured-flags'
import { poison, softOffline } from '../page-use/poison'
import {
  forgetPoisoned,
  poisonedPageCount,
  poisonedPlaces,
  retireAgain,
  retirePoisoned,
} from '../page-use/poisoned-pages'
import { placeUnmovablePage } from '../page-use/unmovable'
import { counterFiles, nodeCounterFiles } from '../procfs/counter-files'
import { pageFiles } from '../procfs/page-entries'
import { errorInjectDirectory, registerErrorInject } from '../sysfs/error-inject'
import { hugePageParameters, hugePagesDirectory } from '../sysfs/huge-pages'
import { addProbed } from '../sysfs/probe'
import { rereaderOf } from '../sysfs/rereading'

/** Pages fail, or are taken out of use before they do. @public */
export const MEMORY_FAILURE: MemoryFailure = {
  poison,
  softOffline,
  retire: retirePoisoned,
  retireAgain,
  attach: forgetPoisoned,
  poisonedIn: poisonedPlaces,
  count: poisonedPageCount,
}

/** Huge pages are kept in pools, and blocks with some go offline. @public */
export const HUGE_PAGES: HugePageMigration = {
  boot: bootGiganticPages,
  plan: planHugePages,
  enter: enterHugePages,
  layOut: layOutHugePages,
  firstGigantic,
  straddling,
  migrate: migrateHugePages,
  dissolveFree: dissolveFreeHugePages,
  directory: hugePagesDirectory,
  parameters: hugePageParameters,
  freeOnHost,
  describeGigantic: describeGiganticPages,
}

/** Added memory goes to Movable by a ratio, where `online_policy` says so. @public */
export const AUTO_MOVABLE: AutoMovable = { zoneFor: autoMovableZone }

/** Memory that is added holds its own struct pages, where `memmap_on_memory` says so. @public */
export const MEMMAP_ON_MEMORY: MemmapOnMemory = {
  supports,
  pagesPerBlock: memmapPagesPerBlock,
  blocksToAdd,
  blocksToRemove,
  hosting,
  pagesOnHost,
  refuseGranularity,
}

/** Plugins keep pages from the allocator, as virtio-mem does of blocks that are plugged in part. @public */
export const WITHHOLDING: Withholding = { take: withholdPages, count: withheldPagesOf }

/** Memory is added by hand, where the configuration has `memoryProbe`. @public */
export const MEMORY_PROBE: MemoryProbe = { add: addProbed }

/** Memory is set aside for contiguous allocation, and stays. @public */
export const CONTIGUOUS_MEMORY: ContiguousMemory = {
  boot: bootContiguous,
  cut: cutAside,
  putLast: putAsideLast,
  layOut: markAside,
  firstIn: firstAside,
  first: firstObstacleAside,
  freeIn: freeAside,
  taken: takenAside,
  choose: chooseAside,
}

/** Notifiers fail on purpose. @public */
export const ERROR_INJECTION: ErrorInjection = {
  register: registerErrorInject,
  directory: errorInjectDirectory,
}

/** Files of /proc count pages. @public */
export const MEMORY_COUNTERS: MemoryCounters = { files: counterFiles, nodeFiles: nodeCounterFiles }

/** What each page is used for is told, page by page. @public */
export const PAGE_MONITOR: PageMonitor = {
  files: pageFiles,
  usesOf: usesByFlags,
  placeUnmovable: placeUnmovablePage,
}

/** The kernel says in its log what it does. @public */
export const KERNEL_LOG: KernelLogging = { say: sayInWords, tellZonelists }

/** Who reads the files of a machine again and again is told what is as it was. @public */
export const REREADING: Rereading = { of: rereaderOf }

/** All parts of the kernel, and of its model, that a program may leave out. @public */
export const SUBSYSTEMS: Required<Subsystems> = {
  memoryFailure: MEMORY_FAILURE,
  hugePages: HUGE_PAGES,
  autoMovable: AUTO_MOVABLE,
  memmapOnMemory: MEMMAP_ON_MEMORY,
  withholding: WITHHOLDING,
  memoryProbe: MEMORY_PROBE,
  errorInjection: ERROR_INJECTION,
  contiguousMemory: CONTIGUOUS_MEMORY,
  memoryCounters: MEMORY_COUNTERS,
  pageMonitor: PAGE_MONITOR,
  kernelLog: KERNEL_LOG,
  rereading: REREADING,
}

import type { BlockId, NodeId, Pfn } from '../address/brand'
import type { PfnRange, PhysRange, Range } from '../address/range'
import type { MemoryBlock } from './block'
import type { BootSections } from './boot-sections'
import type { BootBlockFacts, GiganticPageFacts } from './description'
import type { Attribute, TreeNode } from './directory'
import type { KernelLog, LogOccasion, LogPlaces } from './kernel-log'
import type { Machine } from './machine'
import type { MigrationPass } from './migration'
import type { MemoryNode } from './node'
import type { Obstacle } from './obstacle'
import type { PageColumns, SectionUse } from './page'
import type { MaterialisedSection, Section } from './section'
import type { PageStock, UseSegment } from './section-use'
import type { Adding, Removing } from './steps'
import type { Zone } from './zone'

/** What becomes of pages that fail, or are about to. Source: mm/memory-failure.c 6.1. @public */
export interface MemoryFailure {
  /** A write to `hard_offline_page`. @param page pfn */
  poison(machine: Machine, page: number): void
  /** A write to `soft_offline_page`. @param page pfn */
  softOffline(machine: Machine, page: number): void
  /** Retires the poisoned pages of a range that was in use. @returns what lies between them */
  retire(section: MaterialisedSection, range: Range): readonly Range[]
  /** The same of a section that is materialised: the pages that were poisoned before it went offline. */
  retireAgain(machine: Machine, section: MaterialisedSection, range: Range): readonly Range[]
  /** A block comes online, or is about to: its struct pages are initialised anew, which may lose that pages of it are poisoned. */
  attach(machine: Machine, range: PfnRange): void
  /** Places of poisoned pages in a section, ascending. */
  poisonedIn(section: MaterialisedSection): readonly number[]
  /** Prepares the count of pages that are marked as poisoned, online or not. @param rereader does not count again what was not written */
  count(machine: Machine, rereader: Rereader | undefined): () => number
}

/** Huge pages of the pool: their files, and what becomes of them as their block goes offline. Source: mm/hugetlb.c 6.1. @public */
export interface HugePageMigration {
  /** Makes the gigantic pages of a description. @throws HotplugError BAD_DESCRIPTION with the place */
  boot(machine: Machine): void
  /** Takes those of a captured section out of its pages. @returns pages in use that make no whole huge page, or find no place */
  plan(machine: Machine, stock: PageStock, use: SectionUse): number
  /** Enters those of a captured section into the pools. */
  enter(machine: Machine, section: Readonly<Section>, plan: readonly UseSegment[]): void
  /** Lays some of them out. */
  layOut(machine: Machine, pages: PageColumns, segment: UseSegment): void
  /** The first gigantic page, free or in use, that a range has a part of; undefined where it has none. */
  firstGigantic(machine: Machine, range: PfnRange): Pfn | undefined
  /** One that a range ends within, where the kernel does not let it go. */
  straddling(machine: Machine, range: PfnRange): Obstacle | undefined
  /** Moves huge pages in use, as a part of a pass of migration. @param pages one of each */
  migrate(machine: Machine, pass: MigrationPass, pages: readonly Pfn[]): void
  /** Gives the free huge pages of a range back to the allocator. @throws HotplugError DISSOLVE_FAILED (EBUSY) */
  dissolveFree(machine: Machine, range: PfnRange): void
  /** `hugepages` of a node. */
  directory(machine: Machine, node: NodeId): TreeNode
  /** What is below /proc/sys/vm, by its path. */
  parameters(machine: Machine): Readonly<Record<string, TreeNode>>
  /**
   * Which huge pages of a captured host are free: the highest of a node, whose blocks are asked about from the highest down.
   * @returns tells of pages of a node, in pages of the host, how many are free
   */
  freeOnHost(host: HugePagesHost): (node: number, pages: number) => number
  /**
   * Where the gigantic pages of a captured host lie: in stretches of their size whose blocks hold huge pages of one state and nothing
   * else. Of those that are free the highest are taken, of those in use the lowest.
   * @param blocks whose use is described, ascending
   * @param bytes of a gigantic page
   */
  describeGigantic(
    host: HugePagesHost,
    blocks: readonly BootBlockFacts[],
    bytes: number,
  ): readonly GiganticPageFacts[]
}

/** What a captured host tells of its huge pages. @public */
export interface HugePagesHost {
  readonly capture: {
    /** Texts by path. */
    readonly files: Readonly<Record<string, string>>
  }
  readonly pageBytes: number
  readonly blockBytes: number
  /** The file's text without its final newline. */
  text(path: string): string | undefined
  /** Tells of something that no file does. @param sentence for people */
  assume(sentence: string): void
}

/** The policy by which added memory goes to Movable as far as a ratio allows. Source: mm/memory_hotplug.c 6.1; spec 2.8.2. @public */
export interface AutoMovable {
  /** The zone that a block joins when onlined. */
  zoneFor(
    machine: Machine,
    block: Readonly<MemoryBlock>,
    where: { readonly nodeId: NodeId; readonly range: PfnRange },
  ): Zone
}

/**
 * Memory that is added holds its own struct pages, where the parameter `memmap_on_memory` is on.
 * Source: mm/memory_hotplug.c 6.1; spec 2.6.
 * @public
 */
export interface MemmapOnMemory {
  /** Whether memory of this size may. @param sizeBytes bytes of the range */
  supports(machine: Machine, sizeBytes: number): boolean
  /** Pages at the start of a block that are kept for its own memmap. */
  pagesPerBlock(machine: Machine): number
  /** What is added at a time: each block. */
  blocksToAdd(machine: Machine, adding: Adding): readonly Adding[]
  /** What is removed at a time: each block. */
  blocksToRemove(machine: Machine, removing: Removing): readonly Removing[]
  /** Where the struct pages of memory are that holds its own. @param range the memory */
  hosting(machine: Machine, range: PhysRange): SelfHosting
  /**
   * Pages that a block which is added to a captured host holds its own struct pages in, whole pageblocks of them; 0 where they are
   * elsewhere, as where they fill none and the kernel is not made to (`force`).
   */
  pagesOnHost(host: Pick<FlaggedHost, 'pageBytes' | 'pagesPerBlock' | 'text'>): number
  /** @throws HotplugError WRONG_GRANULARITY (EINVAL) where so much of it does not go at once, or not with other memory */
  refuseGranularity(machine: Machine, removing: Removing): void
}

/** Memory that holds its own struct pages, from its first byte on. Offsets are those of the vmemmap region, in bytes. @public */
export interface SelfHosting extends PhysRange {
  /**
   * Whether all that a leaf would describe is in the memory: no leaf reaches beyond it.
   * Source: altmap_cross_boundary, arch/powerpc/mm/book3s64/radix_pgtable.c 6.12.
   */
  holds(leaf: Range): boolean
  /** Physical address of the struct pages at an offset. */
  addressAt(offset: number): number
}

/** The file /sys/devices/system/memory/probe (ARCH_MEMORY_PROBE). Source: probe_store, drivers/base/memory.c 6.1. @public */
export interface MemoryProbe {
  /** Adds the block at the address that a text names. @throws HotplugError */
  add(machine: Machine, text: string): void
}

/**
 * Plugins keep pages from the allocator as blocks come online (`withholdPages`). Source: online_page_callback_t, mm/memory_hotplug.c 6.1.
 * @public
 */
export interface Withholding {
  /** Takes out what plugins keep of pages that were just handed over. @returns how many that are */
  take(machine: Machine, range: PfnRange): number
  /** How many pages of a range plugins would keep, were it to come online now. */
  count(machine: Machine, range: PfnRange): number
}

/** The module memory-notifier-error-inject. Source: lib/memory-notifier-error-inject.c 6.1. @public */
export interface ErrorInjection {
  /** Puts its notifier on the memory chain. */
  register(machine: Machine): void
  /** What is below /sys/kernel/debug/notifier-error-inject/memory. */
  directory(machine: Machine): TreeNode
}

/**
 * Boot memory that is set aside for contiguous allocation (CMA): its pageblocks keep their blocks online in whatever zone, and only
 * movable pages may be there. Source: mm/cma.c, mm/page_isolation.c 6.12.
 * @public
 */
export interface ContiguousMemory {
  /** Materialises what is set aside, once the use of boot memory is decided. */
  boot(machine: Machine): void
  /** Boot sections of which a part is set aside come one by one, with the pages that are left. */
  cut(machine: Machine, sections: BootSections): BootSections
  /** Cuts the parts of a section where something is set aside, and puts that last. */
  putLast(machine: Machine, section: Readonly<Section>, left: PageStock['left']): PageStock['left']
  /** Gives pageblocks of a section that is being materialised their type. */
  layOut(machine: Machine, section: Readonly<Section> & { readonly pageblocks: Uint8Array }): void
  /** The first page of a range that is set aside, as a pfn; undefined where none is. */
  firstIn(machine: Machine, range: Range): number | undefined
  /** What isolation of a part of a section meets first. @param found what it meets where nothing is set aside */
  first(
    machine: Machine,
    where: { readonly section: Readonly<Section>; readonly part: Range },
    found: Obstacle | undefined,
  ): Obstacle | undefined
  /** Free pages of some zones that are set aside. */
  freeIn(machine: Machine, zones: readonly Zone[]): number
  /** Pages of what is set aside that came into use since boot; negative where more of them are free. */
  taken(machine: Machine): number
  /** The list of what is set aside that an allocation is answered from: before others, or where nothing else is left. */
  choose(
    machine: Machine,
    zone: Zone,
    request: { readonly order: number; readonly type: number },
    when: 'first' | 'last',
  ): { readonly order: number; readonly type: number } | undefined
}

/**
 * The files of /proc that count pages: meminfo, zoneinfo, buddyinfo and pagetypeinfo; and `numastat` of each node.
 * Source: fs/proc/meminfo.c, mm/vmstat.c 6.1.
 * @public
 */
export interface MemoryCounters {
  /** By their paths. @param rereader keeps texts until what they tell is another */
  files(machine: Machine, rereader?: Rereader): Readonly<Record<string, Attribute>>
  /** `numastat` of a node's directory, by its name. Source: node_read_numastat, drivers/base/node.c 6.1. */
  nodeFiles(machine: Machine, id: NodeId): Readonly<Record<string, Attribute>>
}

/**
 * What each page is used for (CONFIG_PROC_PAGE_MONITOR): the files /proc/kpageflags and /proc/kpagecount of a machine, and what those of a
 * captured host say. Source: fs/proc/page.c 6.1.
 * @public
 */
export interface PageMonitor {
  /** By their paths. */
  files(machine: Machine): Readonly<Record<string, TreeNode>>
  /**
   * How pages of blocks of a captured host are used, by their flags.
   * @param blocks all of the host
   * @returns tells it of one; undefined where it is not known, or not in which section the pages are. Ask from the highest block down: the
   *   free huge pages of a node are taken to be its highest
   */
  usesOf(
    host: FlaggedHost,
    blocks: readonly FlaggedBlock[],
  ): (block: FlaggedBlock) => SectionUse | undefined
  /** Kernel memory in a range, where its host says that there is some and no flags say where. @returns the page; null where none is free */
  placeUnmovable(machine: Machine, where: { readonly range: PfnRange }): Pfn | null
}

/** Base pages of a block by what their flags say; classes without pages may be left out. @public */
export type FlaggedPages = Readonly<
  Partial<
    Record<
      | 'hole'
      | 'poisoned'
      | 'withheld'
      | 'free'
      | 'reserved'
      | 'slab'
      | 'pageTable'
      | 'hugetlb'
      | 'anonymous'
      | 'file'
      | 'other'
      | 'unflagged',
      number
    >
  >
>

/** A memory block of a captured host. @public */
export interface FlaggedBlock {
  readonly block: {
    readonly id: number
    readonly state: 'online' | 'offline'
    /** Ascending; the kernel's own record is the last. */
    readonly nodes: readonly number[]
  }
  /** Pages of the block that are memory; the others are holes. */
  readonly memoryPages: number
  readonly zone: string | null
}

/** What a captured host tells of the use of its pages. @public */
export interface FlaggedHost extends HugePagesHost {
  /** `perCpu`: pages in per-CPU lists. */
  readonly zones: readonly {
    readonly node: number
    readonly name: string
    readonly perCpu: number
  }[]
  readonly pagesPerBlock: number
  /** Whether each block is one section. */
  readonly hasBlocksOfOneSection: boolean
  /** Pages that the kernel has not initialised yet. */
  readonly deferredPages: number
  /** Parts of the kernel that its twin has; `hugePages` tells which huge pages are free. */
  readonly subsystems: Subsystems
  /** Pages of a block; undefined where they were not captured. */
  pagesOf(block: number): { readonly counts: FlaggedPages } | undefined
}

/** What the kernel says in its log, in the words of the machine's generation. @public */
export interface KernelLogging {
  /** Says something: nothing, where the kernel has no words for the occasion. @param words of a driver, for what only it says */
  say<Occasion extends LogOccasion>(
    machine: Machine,
    occasion: Occasion,
    places: LogPlaces<Occasion>,
    words?: KernelLog,
  ): void
  /** What it says as it builds its zonelists again. @param added the node that memory is added to while it is offline */
  tellZonelists(machine: Machine, added?: MemoryNode): void
}

/** Tells readers that come again what is as it was (`Directory.version`), and keeps texts until what they tell is another. @public */
export interface Rereading {
  of(machine: Machine): Rereader
}

/** The same for one machine. Numbers are those of `Directory.version`; texts are prepared. @public */
export interface Rereader {
  /** The text of /proc/iomem. */
  iomem(make: () => string): () => string
  /** A list of nodes. @param holds which are in it */
  nodeList(holds: (node: MemoryNode) => boolean, make: () => string): () => string
  /** The text of /proc/zoneinfo. @param list its zones @param show the part that is of one */
  zoneinfo(list: () => readonly Zone[], show: (zone: Zone) => string): () => string
  /** Names in a directory of blocks. @param before those that stand before them */
  names(before: readonly string[], ids: () => readonly BlockId[]): () => readonly string[]
  /** /sys/devices/system/memory, and the directory of a block. @param zones what it shows of the zones that the block may join */
  readonly memory: () => number | undefined
  block(id: BlockId, zones: (block: Readonly<MemoryBlock>) => string): () => number | undefined
  node(id: NodeId): () => number | undefined
  /** /sys/firmware/memmap, and the directory of an entry. */
  readonly firmwareMap: () => number
  firmwareMapEntry(index: number): () => number
  /** How many pages are marked as poisoned. @param count of one section */
  poisoned(count: (section: Readonly<Section>) => number): () => number
}

/**
 * Parts of the kernel that a program brings where it has a use for them, so that others do not carry them. A machine whose
 * description needs one that is not there is refused, and so is what asks for it later. `SUBSYSTEMS` are all.
 * @public
 */
export interface Subsystems {
  readonly memoryFailure?: MemoryFailure
  readonly hugePages?: HugePageMigration
  readonly autoMovable?: AutoMovable
  readonly memmapOnMemory?: MemmapOnMemory
  readonly withholding?: Withholding
  readonly memoryProbe?: MemoryProbe
  /** Absent: the module is not loaded, as on most hosts. */
  readonly errorInjection?: ErrorInjection
  /** Absent: what is set aside is memory like any other, but for zoneinfo and the policy auto-movable. */
  readonly contiguousMemory?: ContiguousMemory
  /** Absent: there are no such files. */
  readonly memoryCounters?: MemoryCounters
  /** Absent: there are no such files, and what is known of pages of a captured host is not taken over. */
  readonly pageMonitor?: PageMonitor
  /** Absent: the kernel says nothing in its log. What the model has to say itself is there all the same. */
  readonly kernelLog?: KernelLogging
  /** Absent: readers that come again read everything anew. */
  readonly rereading?: Rereading
}

import type { BlockId, FlaggedPages, NodeId, PhysAddr, PhysRange } from '@memhp/core'
import type { FirmwareDevice, NoteKind } from '@memhp/core/plugin'
import type { KernelParameter, PageSizeSource } from '@memhp/kernel-files'

/** The zone of an online block, or the zones that an offline one may join. */
export type BlockZones =
  /** All its online pages are in this zone. Kernels before 4.13 add the zones to which it could be moved. */
  | { readonly kind: 'in'; readonly name: string; readonly mayMoveTo?: readonly string[] }
  /** Online, in more than one zone or none (`valid_zones` reads `none`): it can never go offline. */
  | { readonly kind: 'mixed' }
  /** Offline: what it may join. A plain `online` takes the first. Never empty. */
  | { readonly kind: 'candidates'; readonly names: readonly string[] }
  /** The tree does not say. */
  | { readonly kind: 'unknown' }

/** What a page is used for, in the words of a capture's page summary. */
export type PageClass = keyof FlaggedPages

/** How the pages of a block are used. */
export interface BlockContents {
  /** Base pages by class; classes without pages may be left out. */
  readonly counts: FlaggedPages
  /** Chunks of free memory by order (the first is single pages), where known. */
  readonly freeChunks?: readonly number[]
}

/** One memory block: `memoryN`. */
export interface BareBlock {
  readonly id: BlockId
  /** Physical addresses in bytes; `end` is exclusive. */
  readonly start: PhysAddr
  readonly end: PhysAddr
  /** `unknown` where `state` cannot be read or says what this release does not know. */
  readonly state: 'online' | 'offline' | 'going-offline' | 'unknown'
  readonly zones: BlockZones
  /** Nodes that own pages of it, ascending; more than one only for boot memory; empty where none is known, or without NUMA. */
  readonly nodes: readonly NodeId[]
  /** What `removable` reads, null where it is absent. Since Linux 5.8 it is true for every block and tells nothing. */
  readonly removable: boolean | null
  /** Name of the firmware device that it belongs to, null for none. */
  readonly device: string | null
  /** How its pages are used, null unless the caller of `readTopology` knew. */
  readonly contents: BlockContents | null
}

/** A block with its storage. */
export interface BlockInfo extends BareBlock {
  /** What `phys_device` reads: 0 except on s390, where it is the storage increment. */
  readonly physDevice: number | null
}

/** Distance from one node to another, as firmware states it: 10 is the node itself. */
export interface NodeDistance {
  readonly to: NodeId
  readonly distance: number
}

/** One NUMA node that is online or has a directory. */
export interface BareNode {
  readonly id: NodeId
  readonly online: boolean
  /** Numbers of its CPUs, null where the tree does not say. */
  readonly cpus: readonly number[] | null
  readonly distances: readonly NodeDistance[]
  readonly memTotalBytes: number | null
  readonly memFreeBytes: number | null
  readonly blocks: readonly BlockId[]
}

/** A node with what kinds of memory it has. */
export interface NodeInfo extends BareNode {
  /** It has online memory in any zone. Null where the tree does not say. */
  readonly hasMemory: boolean | null
  /** It has online memory below the Movable zone. Null where the tree does not say. */
  readonly hasNormalMemory: boolean | null
  /** Its pools of huge pages, by size; absent where the tree has none. */
  readonly hugePages?: readonly HugePagePool[]
  /**
   * Pages of it in which memory failed since boot, without those that were soft-offlined; absent where the kernel does not count them by
   * node. Source: drivers/base/node.c 6.12; findings/linux-soft-offline-is-not-counted-by-node.sh
   */
  readonly pageFailures?: number
}

/** Huge pages of one size of a node. */
export interface HugePagePool {
  readonly pageBytes: number
  /** Pages in the pool, in use or free. */
  readonly pages: number
  readonly freePages: number
}

/** What a firmware driver owns and removes as a whole. */
export interface DeviceInfo extends FirmwareDevice {
  readonly nodes: readonly NodeId[]
  /** Memory that its blocks cover, in bytes, touching ranges joined. */
  readonly ranges: readonly PhysRange[]
}

/** One zone of one node. Counts are base pages. */
export interface BareZone {
  readonly node: NodeId
  readonly name: string
  /** First page frame of the span, null while the zone has no pages. */
  readonly startPfn: number | null
  readonly spannedPages: number
  readonly presentPages: number
  readonly managedPages: number
  readonly freePages: number | null
  /** The span in bytes, null while the zone has no pages. */
  readonly span: PhysRange | null
  /** Free pages in per-CPU lists. */
  readonly perCpuPages: number
  /** Long-term pins that are still held on pages of the node; 0 where the kernel does not count them. */
  readonly pinnedPages: number
  /** Pages set aside at boot for contiguous allocation (CMA); absent: none. */
  readonly cmaPages?: number
}

/** A zone, and what it keeps free. */
export interface ZoneInfo extends BareZone {
  readonly watermarks: { readonly min: number; readonly low: number; readonly high: number } | null
  /** Free chunks by order (the first is single pages), null where buddyinfo does not list the zone. */
  readonly freeByOrder: readonly number[] | null
  /** Pageblocks by migrate type (`Unmovable`, `Movable`, …); absent where that was not read or cannot be. */
  readonly pageblocks?: Readonly<Record<string, number>>
  /** Pages kept from requests that a higher zone may serve, by the name of that zone; absent: none. Source: vm.lowmem_reserve_ratio. */
  readonly keptPages?: Readonly<Record<string, number>>
}

/** One line of `/proc/iomem` with what lies inside it. `end` is exclusive, unlike in the file. */
export interface ResourceInfo {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly children: readonly ResourceInfo[]
}

/** One entry of `/sys/firmware/memmap`. `end` is exclusive, unlike in the file. */
export interface FirmwareMapInfo {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly type: string
}

/** What decides where new memory goes. Null: the file is absent. */
export interface HotplugPolicy {
  /** `auto_online_blocks`: `offline`, `online`, `online_kernel` or `online_movable`. */
  readonly autoOnlineBlocks: string | null
  /** `contig-zones` or `auto-movable`. */
  readonly onlinePolicy: string | null
  /** Percentage of movable to kernel memory that auto-movable allows: 301. */
  readonly autoMovableRatio: number | null
  readonly autoMovableNumaAware: boolean | null
  /** `Y`, `N` or `force`. */
  readonly memmapOnMemory: string | null
}

/** Sums over the machine, in bytes. */
export interface BareTotals {
  readonly onlineBytes: number
  readonly memTotalBytes: number | null
}

/** Sums over the machine, in bytes and blocks. */
export interface Totals extends BareTotals {
  readonly blocks: number
  readonly onlineBlocks: number
  readonly offlineBytes: number
  /** Online bytes in Movable zones: what can be expected to go offline. */
  readonly movableBytes: number
  readonly memFreeBytes: number | null
  readonly memAvailableBytes: number | null
  /** Pages with hardware errors, taken out of use: HardwareCorrupted. No file tells where they lie but page flags. */
  readonly hardwareCorruptedBytes: number | null
}

/** Something that the tree did not tell, and what follows from that. */
export interface TopologyNote {
  readonly kind: NoteKind
  /** The file or directory; for many of a kind, the first of them. */
  readonly path: string
  /** How many files it stands for. */
  readonly count: number
  readonly message: string
}

/** What a fact rests on. */
export type Basis =
  /** The file, directory or link that states it; `*` stands for any number or name. */
  | { readonly kind: 'known'; readonly path: string }
  /** It follows from other facts. */
  | { readonly kind: 'derived'; readonly why: string }
  /** Nothing tells it. */
  | { readonly kind: 'assumed'; readonly why: string }
  | { readonly kind: 'unknown' }

/** What a fact of some blocks or nodes rests on. `ids` are their numbers: `0-31,40`. */
export type NumberedBasis = Basis & { readonly ids: string }

type Bases<Fact extends string> = Readonly<Record<Fact, Basis>>
type NumberedBases<Fact extends string> = Readonly<Record<Fact, readonly NumberedBasis[]>>

/** What each fact of a topology rests on, by its name. */
export interface TopologyBases
  extends Bases<
    | 'arch'
    | 'release'
    | 'pageBytes'
    | 'blockBytes'
    | 'kernelParameters'
    | 'possibleNodes'
    | 'zones'
    | 'freeByOrder'
    | 'iomem'
    | 'firmwareMap'
  > {
  readonly policy: Bases<keyof HotplugPolicy>
  readonly totals: Bases<
    'memTotalBytes' | 'memFreeBytes' | 'memAvailableBytes' | 'hardwareCorruptedBytes'
  >
  /** Every block is in one basis of each fact. */
  readonly blocks: NumberedBases<
    'state' | 'zones' | 'nodes' | 'removable' | 'device' | 'physDevice' | 'contents'
  >
  /** Every node is in one basis of each fact. */
  readonly nodes: NumberedBases<
    | 'online'
    | 'cpus'
    | 'hasMemory'
    | 'hasNormalMemory'
    | 'distances'
    | 'memTotalBytes'
    | 'memFreeBytes'
    | 'blocks'
  >
}

/** What a machine like it is made of: the part of a topology that a twin rests on. */
export interface BareTopology {
  /** Name of the architecture as `uname -m` prints it, null where the tree does not say. */
  readonly arch: string | null
  /** Kernel release, null where the tree does not say. */
  readonly release: string | null
  readonly pageBytes: number
  readonly pageBytesFrom: PageSizeSource
  readonly blockBytes: number
  /** Ascending by id. Empty without NUMA. */
  readonly nodes: readonly BareNode[]
  /** Ids of the nodes that may ever exist. */
  readonly possibleNodes: readonly NodeId[]
  /** Ascending by id. */
  readonly blocks: readonly BareBlock[]
  /** By node, then lowest zone first, empty ones included. */
  readonly zones: readonly BareZone[]
  /** Null where `/proc/iomem` is absent or hides its addresses. */
  readonly iomem: readonly ResourceInfo[] | null
  /** Null where the kernel keeps no such map. */
  readonly firmwareMap: readonly FirmwareMapInfo[] | null
  readonly totals: BareTotals
  readonly notes: readonly TopologyNote[]
}

/** A machine's memory as its file tree shows it. Plain data: it survives JSON. */
export interface Topology extends BareTopology {
  readonly devices: readonly DeviceInfo[]
  readonly policy: HotplugPolicy
  /** Parameters of the kernel's command line that bear on hot-plug, in their order. */
  readonly kernelParameters: readonly KernelParameter[]
  readonly blocks: readonly BlockInfo[]
  readonly nodes: readonly NodeInfo[]
  readonly zones: readonly ZoneInfo[]
  readonly totals: Totals
}

/** A topology, and what each fact of it rests on. */
export interface ExplainedTopology extends Topology {
  readonly bases: TopologyBases
}

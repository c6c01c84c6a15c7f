import type { KernelConfig } from './features'
import type { SectionUse } from './page'

/** A node as firmware describes it. Ids may have gaps; a node without `ram` is possible but empty. @public */
export interface NodeDescription {
  readonly id: number
  /** Numbers of its present CPUs. */
  readonly cpus: readonly number[]
  /** Distances to nodes 0, 1, … by position in the machine's node list; default 10 to itself, 20 to others. */
  readonly distances?: readonly number[]
  /**
   * It is online from boot although it has neither memory nor CPUs, as every node is on arm64 that firmware names. Default: one
   * that has neither is offline. Source: numa_register_nodes, drivers/base/arch_numa.c 6.12; recorded guests.
   */
  readonly online?: true
}

/** Boot memory of one node. Bytes, `end` exclusive, page aligned. @public */
export interface RamDescription {
  readonly start: number
  readonly end: number
  readonly node: number
}

/** What a boot zone looked like on the captured host; without it the machine computes it from `ram`. @public */
export interface BootZoneFacts {
  readonly node: number
  readonly zone: string
  readonly startPfn: number
  readonly spannedPages: number
  readonly presentPages: number
  readonly managedPages: number
  /** Pages of boot memory that are set aside for contiguous allocation (CMA); default 0. */
  readonly cmaPages?: number
}

/** What a memory block looked like on the captured host, where it is not what boot would make of it. @public */
export interface BootBlockFacts {
  readonly id: number
  readonly state: 'online' | 'offline'
  /** Zone name; null where `valid_zones` reads `none`. Ignored for offline blocks. */
  readonly zone: string | null
  readonly nodes: readonly number[]
  /** False for memory that was hot-added before the capture. */
  readonly early: boolean
  /** How the block's pages are used; what is left over is free. */
  readonly use?: SectionUse
}

/** A gigantic page of the hugetlb pool: as large as the arch has them, 1 GiB on x86. @public */
export interface GiganticPageFacts {
  /** Address of its first byte, a multiple of its size. All of it is online and of one zone. */
  readonly start: number
  readonly state: 'free' | 'used'
}

/** One entry of /sys/firmware/memmap at boot. Addresses are bytes, `end` inclusive. @public */
export interface FirmwareMapFacts {
  /** Directory number below /sys/firmware/memmap. */
  readonly index: number
  readonly start: number
  /** Inclusive, as in the file. */
  readonly end: number
  readonly type: string
}

/** One line of /proc/iomem. `end` is inclusive, as printed. Children lie inside their parent. @public */
export interface IomemFacts {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly children?: readonly IomemFacts[]
}

/**
 * Everything a machine is made from. Plain data: it survives JSON. `Drivers` is what it may say of firmware drivers,
 * by their names.
 * @public
 */
export interface MachineDescription<Drivers = Readonly<Record<string, unknown>>> {
  /** Name of a registered arch: `x86_64`. */
  readonly arch: string
  /** Options of the arch plugin, checked by it: `{ levels: 5 }`. */
  readonly archOptions?: Readonly<Record<string, unknown>>
  /** Kernel that it runs, by the name of its generation: `v6.1`, the default. */
  readonly kernel?: string
  /** How the kernel is configured, where it differs from what is usual for the generation on the architecture. */
  readonly config?: Partial<KernelConfig>
  /** Defects of the series of 2012 that the kernel is to have, by number: `D6`. Default: those of its generation alone. */
  readonly defects?: readonly string[]
  /** Kernel command line; the parameters of memory hot-plug in it are obeyed. */
  readonly cmdline?: string
  readonly nodes: readonly NodeDescription[]
  readonly ram: readonly RamDescription[]
  /** Ids of possible nodes; default: those of `nodes`. */
  readonly possibleNodes?: readonly number[]
  /** Bytes; default: the arch's rule. */
  readonly blockSizeBytes?: number
  readonly zones?: readonly BootZoneFacts[]
  readonly blocks?: readonly BootBlockFacts[]
  /**
   * Gigantic pages of the pool, ascending. Where the use of their blocks is described, it counts their pages as huge pages in that
   * state; else their pages are free.
   */
  readonly giganticPages?: readonly GiganticPageFacts[]
  readonly firmwareMap?: readonly FirmwareMapFacts[]
  readonly iomem?: readonly IomemFacts[]
  /** Counters of the direct map at boot by leaf size in bytes, where known; in bytes. */
  readonly directMapBytes?: Readonly<Record<string, number>>
  /** Free pages of a node at boot, where known; what is used beyond the blocks' `use` is spread from the bottom up. */
  readonly freePages?: readonly { readonly node: number; readonly pages: number }[]
  /** Configuration of firmware drivers by driver name, checked by each. */
  readonly drivers?: Drivers
  /** Setting of auto_online_blocks when it differs from what the command line says. */
  readonly autoOnlineBlocks?: string
  /** Texts of files that the machine shows unchanged (kernel release, …), by absolute path. */
  readonly files?: Readonly<Record<string, string>>
  /** Seed of every random stream of the machine; default 1. */
  readonly seed?: number
  /**
   * How many entries each list of the journal keeps at most (uevents, log lines, what the platform was told, changes of
   * mappings); default 65,536. Past it the older half is dropped; observers are told all.
   */
  readonly journalLimit?: number
}

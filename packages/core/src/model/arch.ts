import type { NodeId } from '../address/brand'
import type { PhysRange } from '../address/range'
import type { Errno } from '../errors/errno'
import type { MachineDescription } from './description'
import type { Machine } from './machine'
import type { PageTableGeometry, RegionName } from './page-table-geometry'

/** One zone of the arch, lowest first. Movable (and Device) are added by core and not named here. */
export interface ArchZone {
  /** As /proc/zoneinfo prints it: `DMA32`. */
  readonly name: string
  /** `highmem` at most for the last one: the direct map ends where it begins. */
  readonly kind: 'dma' | 'normal' | 'highmem'
  /** First physical address beyond the zone, in bytes; null for the last one. */
  readonly endAddress: number | null
}

/** Numbers that shape memory on an architecture. Source: spec section 7.1. */
export interface ArchGeometry {
  /** Base page: 12 for 4 KiB. */
  readonly pageShift: number
  readonly sectionSizeBits: number
  readonly maxPhysMemBits: number
  /** Largest order of the buddy allocator, inclusive: 10 on x86. */
  readonly maxOrder: number
  /** Pages of a pageblock, as an order: 9 on x86. */
  readonly pageblockOrder: number
  readonly structPageBytes: number
  readonly zones: readonly ArchZone[]
  /** The kernel's own page tables; absent where the arch maps memory without them. */
  readonly pageTables?: PageTableGeometry
}

/** What an arch offers beyond adding and removing. */
export interface ArchFeatures {
  /** /sys/firmware/memmap exists. */
  readonly firmwareMap: boolean
  /** /sys/devices/system/memory/probe exists. */
  readonly probe: boolean
  /** memory_hotplug.memmap_on_memory exists. */
  readonly memmapOnMemory: boolean
  /** `Device` zone exists (ZONE_DEVICE). */
  readonly zoneDevice: boolean
}

/** Whether the arch can give memory back. "Cannot" and "nobody wrote it" are different facts. */
export type ArchRemoval =
  | { readonly kind: 'supported' }
  | { readonly kind: 'impossible' | 'not-written'; readonly errno: Errno; readonly reason: string }

export interface ArchAddRequest {
  readonly range: PhysRange
  readonly nodeId: NodeId
  /** The memmap is to lie in the first pages of the range itself. */
  readonly selfHostedMemmap: boolean
}

/** One entry by which a kernel without page tables maps a page of its own. */
export interface MappingEntry {
  readonly region: RegionName
  /** 64 bits, unsigned: the page's first byte. */
  readonly virtualAddress: bigint
  /** The same, in bytes from the region's first. */
  readonly offset: number
  /** Bytes of the page. */
  readonly pageBytes: number
  /** What it maps, in bytes. Pages that boot laid for struct pages are numbered beyond all memory. */
  readonly physicalAddress: number
  /** Where the entry is, in the arch's words: `group 0x1f, slot 2`. */
  readonly place: string
  /** What is behind the page: the memory itself, pages of the page allocator, or what boot laid. */
  readonly backing: 'memory' | 'allocated' | 'boot'
}

/**
 * A machine's architecture. One may serve several machines: methods keep no state of their own, it lives in
 * `machine.state.memory.arch` as plain data (objects, arrays, Maps, Sets, typed arrays of numbers and words).
 */
export interface Arch {
  readonly name: string
  readonly geometry: ArchGeometry
  readonly features: ArchFeatures
  readonly removal: ArchRemoval
  /** Bytes of a memory block, decided once at boot: a power of two, whole sections. Source: spec 2.1. */
  memoryBlockSizeBytes(description: MachineDescription): number
  /** Lays the kernel's own mapping of boot memory. Must cost no more for a large machine than for a small one. */
  boot(machine: Machine): void
  /**
   * arch_add_memory: the kernel's mapping of the range and the memmap of its sections.
   * Undoes what it did when it throws, except where the kernel does not: what stays then is declared to the contract
   * suite (`failedAddLeaves`). The range is whole blocks, within reach, and nobody has it.
   * @throws HotplugError OUT_OF_MEMORY, SECTION_EXISTS, ADDRESS_OUT_OF_REACH
   */
  addMemory(machine: Machine, request: ArchAddRequest): void
  /**
   * arch_remove_memory: the reverse, of whole blocks that may have been added together with others. Called past the
   * point of no return: it must not refuse.
   */
  removeMemory(machine: Machine, request: ArchAddRequest): void
  /**
   * The entries for a physical range and for its struct pages, by address: for an arch that maps memory without page tables.
   * Pages that reach beyond the range are among them.
   */
  entries?(machine: Machine, range: PhysRange): readonly MappingEntry[]
  /** Lines that the arch adds to /proc/meminfo, `DirectMap4k:` and the like, without newline. */
  meminfo?(machine: Machine): readonly string[]
  /** Throws InvariantViolation when the arch's own structures contradict the machine's. */
  check?(machine: Machine): void
}

/** What `defineArch` takes: an arch as data and functions, not bound to a machine yet. */
export interface ArchDefinition<Options> {
  /** `x86_64`: what `uname -m` prints and machine descriptions name. */
  readonly name: string
  /** Version of the plugin contract it was written for. */
  readonly contract: 1
  readonly summary: string
  /**
   * Checks the options of a description and gives them defaults. An option that it does not know is refused.
   * @throws HotplugError BAD_DESCRIPTION whose message begins with the place, `archOptions.levels: …`
   */
  parseOptions(options: Readonly<Record<string, unknown>>): Options
  create(options: Options): Arch
}

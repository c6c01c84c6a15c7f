import type { CountedFiles, PageSize } from '@memhp/kernel-files'
import type { NodeId, SectionNr } from '../address/brand'
import type { PfnRange, PhysRange, Range } from '../address/range'
import type { Errno } from '../errors/errno'
import type { ArchGeometry } from './arch-geometry'
import type { CapturedKernel } from './captured-kernel'
import type { MachineDescription } from './description'
import type { Generation } from './generation'
import type { KernelMapping, MappingEntry } from './kernel-mapping'
import type { Machine } from './machine'
import type { MappingChange } from './mapping-change'
import type { MemmapModel } from './memmap-model'
import type { Random } from './random'
import type { StateSlot } from './state-slot'

/**
 * What an arch offers beyond adding and removing: its part of a machine's features, whatever kernel runs on it.
 * @beta
 */
export interface ArchFeatures {
  /** /sys/firmware/memmap exists. */
  readonly firmwareMap: boolean
  /** ARCH_MEMORY_PROBE can be configured. */
  readonly probe: boolean
  /**
   * Memory may hold its own memmap, in kernels that know of that: where that of a block fills whole large leaves, or whole base
   * pages. Source: arch_supports_memmap_on_memory, include/linux/memory_hotplug.h 6.12.
   */
  readonly memmapOnMemory: false | 'leaves' | 'pages'
  /** ZONE_DEVICE can be configured. */
  readonly zoneDevice: boolean
}

/** Whether the arch can do what is asked with a range of memory. "Cannot" and "is not written" are different facts. @beta */
export type ArchAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'impossible' | 'not-written'; readonly errno: Errno; readonly reason: string }

/** What an add that failed half-way leaves behind, because the kernel does. @beta */
export type FailedAddResidue = 'direct map' | 'earlier sections'

/** Memory that an architecture is to add or to remove: whole blocks. @beta */
export interface ArchAddRequest {
  readonly range: PhysRange
  readonly nodeId: NodeId
  /** The memmap is to lie in the first pages of the range itself. */
  readonly selfHostedMemmap: boolean
}

/** Memory that an architecture is to remove: whole blocks, or sections of them. @beta */
export interface ArchRemoveRequest extends ArchAddRequest {
  /** Only the sections with their memmap, or only the direct map; both where it is left out. */
  readonly only?: 'sections' | 'direct map'
}

/**
 * A machine's architecture, as `composeArch` makes it of parts. One may serve several machines: methods keep no state
 * between calls, it lies in `machine.state.memory.arch` by slots (`stateSlot`).
 * @beta
 */
export interface Arch {
  readonly name: string
  readonly geometry: ArchGeometry
  readonly features: ArchFeatures
  /** What it was composed of, for `defineArch` to check; absent where it was not composed. */
  readonly parts?: object
  /** How the kernel maps memory for itself. */
  readonly mapping: KernelMapping
  readonly memmap: MemmapModel
  /** The first series of kernels with memory hot-plug on it, `[6, 11]`; absent: all that Linux had not dropped it by. */
  readonly since?: readonly [version: number, patchlevel: number]
  /** Bytes of a memory block, unless the description says otherwise: a power of two, whole sections. Source: spec 2.1. */
  readonly blockBytes: number
  /** Physical memory that the kernel can map, in bytes: an add beyond it is refused. Source: arch_get_mappable_range. */
  readonly mappable: Range
  /** What an add leaves that fails after it has begun; empty where it takes everything back. */
  readonly failedAddLeaves: readonly FailedAddResidue[]
  /** The slots of the state that it keeps. */
  readonly slots?: readonly StateSlot<unknown>[]
  /** The kernel's own mapping of boot memory. Must cost no more for a large machine than for a small one. */
  boot(machine: Machine): void
  /**
   * arch_add_memory: the kernel's mapping of the range and the memmap of its sections.
   * Takes back what it did when it throws, except for `failedAddLeaves`.
   * Precondition: block-aligned, inside `mappable`, not claimed in the resource tree.
   * @returns what came
   * @throws HotplugError OUT_OF_MEMORY, SECTION_EXISTS, MAPPING_FAILED
   */
  addMemory(machine: Machine, request: ArchAddRequest): MappingChange
  /**
   * arch_remove_memory: the reverse, of whole blocks that may have been added together with others. Called past the
   * point of no return: it must not refuse.
   * @returns what went, and what is left
   */
  removeMemory(machine: Machine, request: ArchRemoveRequest): MappingChange
  /** Whether memory can be added there while the machine runs. Asked before anything has changed. */
  canAdd(machine: Machine, range: PhysRange): ArchAnswer
  /** Whether a range of whole blocks can be removed. Asked before the point of no return. */
  canRemove(machine: Machine, range: PhysRange): ArchAnswer
  /**
   * The entries for a physical range and for its struct pages, by address: for regions of kind `hash`.
   * Pages that reach beyond the range are among them.
   */
  entries?(machine: Machine, range: PhysRange): readonly MappingEntry[]
  /** Pages that stay withheld as a block comes online; as in `FirmwareDriver`. For standby memory. */
  withholdPages?(machine: Machine, range: PfnRange): readonly PfnRange[]
  /** Lines that the arch adds to /proc/meminfo, `DirectMap4k:` and the like, without newline. */
  meminfo?(machine: Machine): readonly string[]
  /**
   * @param mapped what to look at: sections over which mappings came or went; all where it is left out
   * @throws InvariantViolation where the arch's own structures contradict the machine's
   */
  check?(machine: Machine, mapped?: ReadonlySet<SectionNr>): void
}

/** What an architecture decides of a machine that is drawn at random. Addresses and sizes are bytes. @beta */
export interface DrawnArch {
  readonly archOptions: Readonly<Record<string, unknown>>
  /** Boot memory comes in multiples of it; null: in any number of pages. */
  readonly ramUnitBytes: number | null
  /** Physical addresses that are never memory; null where there are none. */
  readonly hole: Range | null
  /** Physical addresses that boot memory lies in; default: from 0 on, as much as there is. */
  readonly window?: Range
  /** Default: what follows from the rest of the description. */
  readonly blockSizeBytes?: number
}

/** What one kind of an arch was held against beside its specification. @beta */
export interface ArchEvidence {
  /** Folders and files of recordings of real kernels, as the repository names them, by the generation that they are of. */
  readonly recordings: Readonly<Record<string, readonly string[]>>
  /** Live kernels that walks can be made on: `ppc64le-hash`. */
  readonly guests: readonly string[]
}

/** What `defineArch` takes: an arch as data and functions, not bound to a machine yet. @beta */
export interface ArchDefinition<Options> {
  /** `x86_64`: what `uname -m` prints and machine descriptions name. */
  readonly name: string
  /** Version of the plugin contract it was written for. */
  readonly contract: 1
  readonly summary: string
  /** Kinds of it that people tell apart, and the options that make them; default: one, without options. */
  readonly variants?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** By kind, as in `variants`. One that is not there was checked against the specification alone. */
  readonly evidence?: Readonly<Record<string, ArchEvidence>>
  /** Bytes of a base page; of several sizes, what tells that of a host (`derivePageBytes`). Default: 4096. */
  readonly pageSize?: number | ((files: CountedFiles) => PageSize)
  /**
   * Checks the options of a description and gives them defaults. An option that it does not know is refused.
   * @throws HotplugError BAD_DESCRIPTION whose message begins with the place, `archOptions.levels: …`
   */
  parseOptions(options: Readonly<Record<string, unknown>>): Options
  /**
   * The arch of one machine. Numbers that differ from host to host (bases, block size, what can be mapped) may follow from
   * the description, which has not been checked yet, and from its kernel.
   */
  create(options: Options, description: MachineDescription, kernel: Generation): Arch
  /**
   * The options of a machine like a captured host. Default: none, so that the arch's own defaults hold.
   * @returns undefined where nothing is known
   */
  describe?(host: CapturedKernel): Readonly<Record<string, unknown>> | undefined
  /** Its part of a machine that a simulation draws. Default: no options, and boot memory from 0 in whole blocks. */
  draw?(random: Random): DrawnArch
}

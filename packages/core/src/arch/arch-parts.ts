import type { PhysRange, Range } from '../address/range'
import type { HotplugError } from '../errors/hotplug-error'
import type { Arch, ArchFeatures, FailedAddResidue } from '../model/arch'
import type { ArchGeometry } from '../model/arch-geometry'
import type { KernelMapping } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { MemmapModel } from '../model/memmap-model'
import type { StateSlot } from '../model/state-slot'

/**
 * What an architecture is composed of. Most are the first six; what follows is for those that have more, or do something
 * otherwise than others.
 * @beta
 */
export interface ArchParts {
  /** `x86_64`, as in `defineArch`. */
  readonly name: string
  readonly geometry: ArchGeometry
  readonly features: ArchFeatures
  readonly mapping: KernelMapping
  readonly memmap: MemmapModel
  /** The first series of kernels with memory hot-plug on it, `[6, 11]`; default: all that Linux had not dropped it by. */
  readonly since?: Arch['since']
  /** Bytes of a memory block; default: one section. */
  readonly blockBytes?: number
  /** Physical memory that the kernel can map, in bytes; default: all that `maxPhysMemBits` addresses below `bootFrameBase`. */
  readonly mappable?: Range
  /** What the kernel does not take back of an add that fails half-way; default: everything is taken back. */
  readonly failedAddLeaves?: readonly FailedAddResidue[]
  /** Where memory can be added; default: all that is `mappable`. A kernel without memory hot-plug refuses all of it. */
  readonly canAdd?: Arch['canAdd']
  /** Which memory can be removed; default: all of it. `keepBootMemory` and `keepAllMemory` make the usual ones. */
  readonly canRemove?: Arch['canRemove']
  /** Slots of the state that the functions below keep. */
  readonly slots?: readonly StateSlot<unknown>[]
  /** Boot of what core has no part for: hash tables, notifiers. Runs after boot memory is mapped. */
  readonly boot?: (machine: Machine) => void
  /**
   * What an add says when its direct map cannot be made; default: what the mapping threw. It may write to the log.
   * @returns the refusal, which is thrown
   */
  readonly directMapFailure?: (
    machine: Machine,
    failed: { readonly range: PhysRange; readonly cause: HotplugError },
  ) => HotplugError
  readonly entries?: Arch['entries']
  /** Pages that stay withheld as a block comes online; default: none. */
  readonly withholdPages?: Arch['withholdPages']
  /** Lines of /proc/meminfo; default: the counters of a direct map in page tables. */
  readonly meminfo?: Arch['meminfo']
  /** Checks what `boot` set up, beside what core checks of the parts. */
  readonly check?: Arch['check']
}

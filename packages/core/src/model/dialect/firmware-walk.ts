import type { InjectionPoint } from '../injection-point'
import type { Random } from '../random'
import type { FirmwareWrite } from './firmware-device'

/** What a kernel, a model's or a real one, shows to whoever draws the next request. @beta */
export interface WalkView {
  /** Names in a directory; empty where it does not exist or where nothing in it is seen. */
  names(directory: string): readonly string[]
  /** Bytes of a memory block. */
  readonly blockBytes: number
  /** Numbers of all memory blocks. */
  readonly blocks: readonly number[]
  /** What the platform holds: the kernel's name for it, null where none is known, and the numbers of its blocks. */
  readonly plugged: readonly { readonly name: string | null; readonly blocks: readonly number[] }[]
}

/** One kind of request that the kernel takes by a file. @beta */
export interface FirmwareRequest {
  /** How likely it is. A write to the state of a block has 30. */
  readonly weight: number
  /** Draws one, which the kernel may well refuse; undefined where none can be made now. */
  draw(view: WalkView, random: Random): FirmwareWrite | undefined
}

/**
 * What a hypervisor does with devices of changing size: it asks the first one to have a number of memory blocks, or a part of one; or
 * plugs one more, with that number as its limit. Where an operation begins from a device that is plugged, the first one has one
 * block.
 * @beta
 */
export type ResizableDeed = { readonly resize: number } | { readonly attach: number }

/** An operation that a firmware's files or its hypervisor begin: what a fault sweep makes fail at each point. @beta */
export interface FirmwareOperation {
  /** `a device is plugged`. */
  readonly name: string
  /** Whether a kernel has it, by what it shows after boot; default: all have. */
  readonly has?: (view: WalkView) => boolean
  /**
   * The machine before it: without a device; with one of two blocks that the kernel has not heard of yet; with one that it
   * has taken in, whose blocks are as they come; with one whose blocks are all online, as is memory that was there from boot.
   */
  readonly from: 'empty' | 'inserted' | 'plugged' | 'online'
  /**
   * What begins it: the notice of a device that was inserted, the hypervisor's request for it, what the hypervisor asks of devices
   * of changing size, or a write to a file, drawn from what the kernel shows then.
   */
  readonly by: 'notice' | 'unplug' | ResizableDeed | ((view: WalkView) => FirmwareWrite)
  /** How a failure of a write is told: by its errno (default), or not to whoever writes. */
  readonly tells?: 'errno' | 'nothing'
}

/** What a fault sweep asks of one firmware. @beta */
export interface FirmwareSweep {
  /** Architectures, as descriptions name them, on which it is swept. */
  readonly archs: readonly string[]
  /** The driver's part of a machine description whose boot memory ends at `ramEnd`, in bytes. @returns plain data */
  config(ramEnd: number): object
  /** Words on the command line of its machines; default: none. */
  readonly cmdline?: string
  /** The injection points that its driver passes beside those of core; their names begin with the driver's. */
  readonly points: readonly InjectionPoint[]
  readonly operations: readonly FirmwareOperation[]
}

/** What a simulation and a random walk on a live kernel ask of one firmware. @beta */
export interface FirmwareWalk {
  /** Architectures, as `uname -m` prints them, whose machines have this firmware. */
  readonly archs: readonly string[]
  /** Draws the driver's part of a machine description. @returns plain data */
  drawConfig(random: Random): object
  readonly requests: readonly FirmwareRequest[]
  /** Default: its operations are not swept. */
  readonly sweep?: FirmwareSweep
}

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

/** What a simulation and a random walk on a live kernel ask of one firmware. @beta */
export interface FirmwareWalk {
  /** Architectures, as `uname -m` prints them, whose machines have this firmware. */
  readonly archs: readonly string[]
  /** Draws the driver's part of a machine description. @returns plain data */
  drawConfig(random: Random): object
  readonly requests: readonly FirmwareRequest[]
}

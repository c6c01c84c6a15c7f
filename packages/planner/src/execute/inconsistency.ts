/**
 * Ways in which a tree contradicts what was done to it. A kernel may accept a write and not do it: a refused ejection,
 * for one, is not an error of the write. Source: users' reports; ejection in Linux 6.1.
 */
export type InconsistencyKind =
  /** `offline` was accepted, and the block is not offline. */
  | 'block-not-offline'
  /** It was brought online, and the block is not online. */
  | 'block-not-online'
  /** A setting was written, and reads otherwise. */
  | 'setting-differs'
  /** `state` and `online` of a block contradict each other. */
  | 'online-differs'
  /** A block came back in another zone than it was in. */
  | 'zone-differs'
  /** A block was brought online again before its device could go. */
  | 'block-came-back'
  /** The device was removed, and a block of it is still there. */
  | 'block-still-there'
  /** `/proc/iomem` still lists System RAM where the device was. */
  | 'iomem-still-listed'
  /** `/sys/firmware/memmap` still lists the device's range. */
  | 'firmware-map-still-listed'
  /** A block is offline, and its memory is no longer listed as System RAM although it is still there. */
  | 'iomem-not-listed'
  /** The device still holds memory. */
  | 'device-still-bound'
  /** The device was asked back, and a block of it is not there. */
  | 'device-not-back'
  /** A device has another size than its hypervisor accepted to ask for. */
  | 'size-differs'
  /** The node has lost its last memory, has no CPU, and is still there. */
  | 'node-still-there'
  /** MemTotal did not fall although a block went offline, or did not rise although one came back. */
  | 'memory-total-unchanged'

/** A named contradiction between what was done and what a tree shows. */
export interface Inconsistency {
  readonly kind: InconsistencyKind
  /** The file or directory that shows it. */
  readonly path: string
  /** One sentence. */
  readonly message: string
}

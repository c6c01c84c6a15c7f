import type { BlockId, PhysAddr } from '../../address/brand'

/** What a dialect is told of a memory block. @beta */
export interface DialectBlock {
  readonly id: BlockId
  /** Physical addresses in bytes; `end` is exclusive. */
  readonly start: PhysAddr
  readonly end: PhysAddr
  /** Name of the firmware device that its own files name, null for none. */
  readonly device: string | null
}

/** What a firmware driver owns and removes as a whole, as its files show it. @beta */
export interface FirmwareDevice {
  /** Unique among the devices of all firmware. */
  readonly name: string
  /** The driver's name. */
  readonly driver: string
  /** Name that firmware gives it; null where it gives none. */
  readonly path: string | null
  /** Status word of firmware, null where it cannot be read or there is none. */
  readonly status: number | null
  /** It holds memory or says that it does. */
  readonly present: boolean
  /** Whether the kernel has a file by which it can be asked to let it go; null where its files are not known. */
  readonly ejectable: boolean | null
  /** The index by which the hypervisor knows it: those of neighbours follow each other. Null where it has none. */
  readonly drcIndex: number | null
  readonly blocks: readonly BlockId[]
}

/** One write to one file. @beta */
export interface FirmwareWrite {
  readonly path: string
  readonly text: string
}

/** A write that makes devices go, together or not at all. @beta */
export interface FirmwareRemoval<Device extends FirmwareDevice = FirmwareDevice>
  extends FirmwareWrite {
  /** Never empty. */
  readonly devices: readonly Device[]
  /** What that is called, as a verb. */
  readonly verb: 'eject' | 'remove'
  /** What brings them back; null where only firmware or hypervisor can. */
  readonly undo: FirmwareWrite | null
}

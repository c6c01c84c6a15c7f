import type { Errno } from '@memhp/core'
import type { CallbackDeed, FaultDeed, MachineOperation } from '@memhp/trace'

/** Plugs a memory device, as a hypervisor does. */
export interface PlugAction {
  readonly kind: 'plug'
  /** The platform's name for it: `dimm1`. */
  readonly id: string
  readonly sizeBytes: number
  readonly node: number
  /** Physical address in bytes; default: where the platform places it. */
  readonly address?: number
  readonly slot?: number
  /** Name of the firmware driver; default: the machine's only one. */
  readonly driver?: string
}

/** The platform asks for a device back. */
export interface UnplugAction {
  readonly kind: 'unplug'
  readonly id: string
  readonly driver?: string
}

/** The platform asks a device for more or less memory while it is plugged. */
export interface ResizeAction {
  readonly kind: 'resize'
  readonly id: string
  readonly sizeBytes: number
  readonly driver?: string
}

/** Writes to `state` of blocks, in the order named. The first refusal ends it. */
export interface OnlineAction {
  readonly kind: 'online'
  readonly blocks: readonly number[]
  /** `kernel` writes online_kernel, `movable` online_movable, `default` leaves it to the policy. */
  readonly zone: 'default' | 'kernel' | 'movable'
}

/** Writes `offline` to `state` of blocks, in the order named. The first refusal ends it. */
export interface OfflineAction {
  readonly kind: 'offline'
  readonly blocks: readonly number[]
}

/** One write(2) to a file. */
export interface WriteAction {
  readonly kind: 'write'
  /** Absolute. */
  readonly path: string
  readonly value: string
}

export interface ReadAction {
  readonly kind: 'read'
  /** Absolute. */
  readonly path: string
}

/** add_memory or remove_memory of a range, past all firmware. */
export interface RangeAction {
  readonly kind: 'add' | 'remove'
  /** Physical address of its first byte. */
  readonly start: number
  readonly sizeBytes: number
  /** Of memory that is added. */
  readonly node: number
}

/** Puts known content into memory of a node: a tmpfs file, an anonymous mapping, or kernel memory. */
export interface FillAction {
  readonly kind: 'fill'
  readonly name: string
  readonly node: number
  readonly sizeBytes: number
  /** `prefer` may take pages of other nodes when the node has no more, `bind` may not. */
  readonly policy: 'prefer' | 'bind'
  /** Files and anonymous memory can move, kernel memory cannot. */
  readonly as: 'file' | 'anonymous' | 'kernel'
}

/** Frees what `fill`, `unmovable` or `hugepages` put there. */
export interface DropAction {
  readonly kind: 'drop'
  readonly name: string
}

/** Takes long-term references to what `fill` put there, or gives them back. */
export interface PinAction {
  readonly kind: 'pin' | 'unpin'
  readonly name: string
  /** How many pages, from the first; default: all. */
  readonly pages?: number
}

/** Puts kernel pages that cannot move into a block. */
export interface UnmovableAction {
  readonly kind: 'unmovable'
  readonly name: string
  readonly block: number
  readonly pages: number
}

/** Takes huge pages from a node: into the pool, or into use. */
export interface HugePagesAction {
  readonly kind: 'hugepages'
  readonly name: string
  readonly node: number
  readonly count: number
  /** Of each; default: a pageblock. */
  readonly sizeBytes?: number
  readonly state: 'free' | 'used'
}

/** A page reports an uncorrectable error, as a write to hard_offline_page says. */
export interface PoisonAction {
  readonly kind: 'poison'
  readonly block: number
  /** Page of the block, from 0. */
  readonly page: number
}

/** Makes the memory notifier chain refuse an event, until `errno` is null. */
export interface InjectAction {
  readonly kind: 'inject'
  readonly event: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'
  readonly errno: Errno | null
}

/** Asks the kernel to let a device go, by the file that its firmware has for that. */
export interface EjectAction {
  readonly kind: 'eject'
  readonly device: string
}

/** Remembers the machine under a name, or puts it back. */
export interface SnapshotAction {
  readonly kind: 'snapshot' | 'restore'
  readonly name: string
}

/** One operation in the form of traces and simulations. All invariants are checked over it and after it. */
export interface OperationAction {
  readonly kind: 'operation'
  readonly do: MachineOperation
  readonly fault?: FaultDeed
  readonly callback?: CallbackDeed
}

/** Lets time pass. */
export interface TickAction {
  readonly kind: 'tick'
  /** Milliseconds. */
  readonly time: number
}

/** `settle` runs deferred work until none is left; `check` checks the invariants of machine and plugins. */
export interface PlainAction {
  readonly kind: 'settle' | 'check'
}

/** What a step does to the machine. */
export type Action =
  | PlugAction
  | UnplugAction
  | ResizeAction
  | OnlineAction
  | OfflineAction
  | WriteAction
  | ReadAction
  | RangeAction
  | FillAction
  | DropAction
  | PinAction
  | UnmovableAction
  | HugePagesAction
  | PoisonAction
  | InjectAction
  | EjectAction
  | SnapshotAction
  | OperationAction
  | TickAction
  | PlainAction

export type ActionKind = Action['kind']

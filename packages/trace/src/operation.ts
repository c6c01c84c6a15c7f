/** Plugs a memory device, as a hypervisor's `device_add pc-dimm` does. */
export interface PlugOperation {
  readonly op: 'plug'
  /** The hypervisor's name for it: `dimm1`. */
  readonly id: string
  readonly mib: number
  readonly node: number
  /** Physical address in bytes; default: where the platform places it. */
  readonly address?: number
  readonly slot?: number
}

/** Asks for a device back, as `device_del` does. */
export interface UnplugOperation {
  readonly op: 'unplug'
  readonly id: string
}

/** Asks a virtio-mem device to have another size: QMP's `qom-set` of `requested-size`. */
export interface ResizeOperation {
  readonly op: 'request'
  readonly id: string
  readonly kib: number
}

/** Plugs a virtio-mem device, as `device_add virtio-mem-pci` does. */
export interface PlugResizableOperation {
  readonly op: 'plugv'
  readonly id: string
  /** Bytes of its region. */
  readonly max_mib: number
  readonly node: number
  /** What it is asked to have; default 0. */
  readonly requested_mib?: number
  /** What is plugged and unplugged together; default: the platform's. */
  readonly block_kib?: number
  /** The port that it goes into; default: one that is free. */
  readonly bus?: string
}

/** One write(2) of `value` to a file of the kernel. */
export interface WriteOperation {
  readonly op: 'write'
  /** Absolute. */
  readonly path: string
  readonly value: string
}

/** Which nodes memory may come from: `prefer` the named one, then others; `bind` that one only. */
export const FILL_POLICIES = ['prefer', 'bind'] as const

/** One of `FILL_POLICIES`. */
export type FillPolicy = (typeof FILL_POLICIES)[number]

/** Puts page cache on a node: a tmpfs file of known content. */
export interface FillOperation {
  readonly op: 'fill'
  /** Path of the file, which is the name of the memory. */
  readonly file: string
  readonly node: number
  readonly mib: number
  readonly policy: FillPolicy
}

/** Frees what an operation took under a name, and verifies what it holds. */
export interface DropOperation {
  readonly op: 'drop'
  readonly file: string
}

/** Questions that notifiers can be made to refuse. Source: lib/memory-notifier-error-inject.c 6.1. */
export const INJECTABLE_EVENTS = ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'] as const

/** Makes the memory notifier chain refuse an event from now on. */
export interface InjectOperation {
  readonly op: 'inject'
  readonly event: (typeof INJECTABLE_EVENTS)[number]
  /** Minus an errno, as the kernel has it: -12. 0: the notifier is healthy again. */
  readonly errno: number
}

/** The hypervisor refuses from now on to assign the storage of these blocks, and of no others; none: it is healthy again. */
interface RefuseStorageOperation {
  readonly op: 'sclp_fail'
  readonly blocks: readonly number[]
  readonly block_mib: number
}

/** Does nothing: the kernel is looked at once more. */
export interface LookOperation {
  readonly op: 'look'
}

/** Runs a command in the guest. Of it the model knows what `echo` writes to a file: `echo -12 > /sys/…/error`. */
export interface ShellOperation {
  readonly op: 'shell'
  readonly cmd: string
}

/** Reads the leaves of the kernel's page tables that map a window of physical memory. */
export interface PageTablesOperation {
  readonly op: 'page-tables'
  /** First and last byte's neighbours, as hexadecimal text: `[0x100000000, 0x140000000)`. */
  readonly window: readonly [start: string, end: string]
}

/** Reads the spans and the present pages of zones and nodes. */
export interface PgdatReadOperation {
  readonly op: 'pgdat-read'
}

/** Reads where the page_cgroup table of each section lies. */
export interface PageCgroupTablesOperation {
  readonly op: 'page-cgroup-tables'
}

/** Asks what no file shows: it is read from the memory of the guest, and from the state of the model. */
export type ReadingOperation = PageTablesOperation | PgdatReadOperation | PageCgroupTablesOperation

/**
 * What can be done to a kernel from outside, a real one in a guest as well as the model. The form is that of recorded
 * traces. Source: the description of the recordings.
 */
export type Operation =
  | PlugOperation
  | UnplugOperation
  | ResizeOperation
  | PlugResizableOperation
  | WriteOperation
  | FillOperation
  | DropOperation
  | InjectOperation

/** What a recorded step did: an operation, or a question that a recorder asked in between. */
export type RecordedOperation =
  | Operation
  | RefuseStorageOperation
  | LookOperation
  | ShellOperation
  | ReadingOperation

/** What recorders did beside a guest: they asked, or answered in the hypervisor's place. */
const NOT_ASKED_OF_GUESTS: readonly string[] = [
  'sclp_fail',
  'look',
  'shell',
  'page-tables',
  'pgdat-read',
  'page-cgroup-tables',
]

/** Whether a recorded step did something that a guest can be asked for, and did not only ask. */
export const isOperation = (recorded: RecordedOperation): recorded is Operation =>
  !NOT_ASKED_OF_GUESTS.includes(recorded.op)

/** A range of physical addresses in bytes; `end` is exclusive. */
interface Bytes {
  readonly start: number
  readonly end: number
}

/** What can be done to the model only: what no file, hypervisor or program asks for in one call. */
export type ModelOperation =
  /** Memory of a program, or of the kernel, under a name that `drop` takes. */
  | {
      readonly op: 'allocate'
      readonly name: string
      readonly as: 'anonymous' | 'kernel'
      readonly node: number
      readonly mib: number
      readonly policy: FillPolicy
    }
  /** Long-term references to pages of named memory, taken or given back. */
  | {
      readonly op: 'pin' | 'unpin'
      readonly name: string
      /** Index of the first page; default 0. */
      readonly first?: number
      /** Default: all from the first on. */
      readonly pages?: number
    }
  /** Pages of kernel memory in a block, under a name that `drop` takes. */
  | {
      readonly op: 'obstruct'
      readonly name: string
      readonly block: number
      readonly pages: number
    }
  /** Huge pages of the size of a pageblock, or of `mib`, under a name that `drop` takes: in the pool, or in use. */
  | {
      readonly op: 'take-huge'
      readonly name: string
      readonly node: number
      readonly count: number
      readonly mib?: number
      readonly state: 'free' | 'used'
    }
  /** Huge pages of the size of a pageblock, or of `mib`: into the pool, from it into use, back into it, out of it. */
  | {
      readonly op: 'reserve-huge' | 'use-huge' | 'release-huge' | 'shrink-huge'
      readonly node: number
      readonly count: number
      readonly mib?: number
    }
  /** add_memory and remove_memory, as a driver of the kernel calls them. */
  | (Bytes & { readonly op: 'add'; readonly node: number; readonly memmapOnMemory?: true })
  | (Bytes & { readonly op: 'remove' | 'offline-and-remove' })
  /** Runs deferred work until none is left. */
  | { readonly op: 'settle' }
  /** Time passes: timers run out in their order, and the machine settles after each. Milliseconds. */
  | { readonly op: 'tick'; readonly ms: number }
  /** Remembers the machine and the names given on it, or puts both back. */
  | { readonly op: 'snapshot' | 'restore'; readonly name: string }

/** Everything that can be done to a machine of this process. */
export type MachineOperation = RecordedOperation | ModelOperation

/** The operation of one name. */
export type OperationOf<Name extends MachineOperation['op']> = Extract<
  MachineOperation,
  { readonly op: Name }
>

import type { RecordedOperation } from './operation'

/** A device that the platform holds: id, address and size in bytes, node. */
export type TraceDevice = readonly [id: string, address: number, bytes: number, node: number]

/**
 * A device of changing size that the platform holds: id, address, plugged size, requested size, size of its region, size of a
 * device block, all in bytes, and node.
 */
export type TraceResizable = readonly [
  id: string,
  address: number,
  bytes: number,
  requested: number,
  max: number,
  block: number,
  node: number,
]

/** What QEMU told of while the step ran. */
export interface TraceQmpEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What a step was answered with, and what the platform holds after it. */
export interface TraceResult {
  /** Absent where the step asked for something else. */
  readonly devices?: readonly TraceDevice[]
  /** Devices of changing size; absent where the machine can have none. */
  readonly virtio?: readonly TraceResizable[]
  /** Of a request: how far the kernel got; `moving` where it was still at it. */
  readonly settled?: 'reached' | 'short' | 'moving'
  /** Of a write: the errno's name, or null where it went well. */
  readonly errno?: string | null
  /** Of a plug or an unplug: what the platform answered, where it refused. */
  readonly error?: string
  /** Of a fill, a drop or an inject. */
  readonly ok?: boolean
  /** What the kernel asked the hypervisor for storage, as `assign 0x20`, by command and answer; absent where that is not recorded. */
  readonly sclp?: Readonly<Record<string, number>>
  /** Files whose content has changed. */
  readonly corrupt?: readonly string[]
  /** Of a reading: what the recorder found, in the form of that reading. */
  readonly reading?: Readonly<Record<string, unknown>>
}

/** One thing that was done, and all that it brought about until the kernel had come to rest. */
export interface TraceStep {
  readonly op: RecordedOperation
  readonly result: TraceResult
  /** `ACTION DEVPATH SUBSYSTEM`, in order. */
  readonly uevents: readonly string[]
  readonly qmp: readonly TraceQmpEvent[]
  /** The change of the flat view since the step before. */
  readonly set: Readonly<Record<string, string>>
  readonly gone: readonly string[]
  /** Lines of the kernel's log, in order, with their times; absent in recordings without them. */
  readonly dmesg?: readonly string[]
}

/** The machine that a run was recorded on, as it was started. */
export interface TraceMachine {
  /** MiB of boot memory per node, 0 for a node without memory. */
  readonly nodes_mib: readonly number[]
  readonly boot_mib: number
  readonly slots: number
  readonly max_mib: number
  readonly cpus: number
  readonly cmdline: string
  readonly align_mib?: number
  readonly faults?: boolean
  /** Devices of changing size on the command line. */
  readonly virtio?: readonly TraceMachineResizable[]
  /** Root ports that take devices while the machine runs: `rp0`, `rp1`, … */
  readonly ports?: number
  /** Virtio devices of other kinds, which take names of the same row; default 0. */
  readonly virtio_others?: number
  /** QEMU lets no device of changing size go, not even one without memory: it is older than 8.1. */
  readonly virtio_kept?: boolean
  /** Pages of zones, as `1/DMA`, that are set aside for contiguous allocation (CMA), where the recorder asked. */
  readonly cma?: Readonly<Record<string, number>>
  /** How QEMU was called. */
  readonly qemu_args?: readonly string[]
}

/** A device of changing size on the command line. */
export interface TraceMachineResizable {
  readonly id: string
  readonly max_mib: number
  readonly node: number
  readonly requested_mib: number
  /** Null or absent: the hypervisor's default. */
  readonly block_kib?: number | null
}

/** The version of the form that traces have. */
export const TRACE_VERSION = 1

/** A recorded run of a real kernel. Fields that are not named here may be there, and mean nothing. */
export interface Trace {
  /** Absent in recordings that are older than the field: 1. */
  readonly version?: typeof TRACE_VERSION
  readonly name: string
  readonly arch: string
  readonly kernel: string
  readonly machine: TraceMachine
  /** The flat view before the first step. */
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly TraceStep[]
}

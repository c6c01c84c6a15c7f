/** What one step of a recording did. Source: the oracle's description of its traces. */
export type TraceOperation =
  | { readonly op: 'plug'; readonly id: string; readonly mib: number; readonly node: number }
  | { readonly op: 'unplug'; readonly id: string }
  | { readonly op: 'write'; readonly path: string; readonly value: string }
  | {
      readonly op: 'fill'
      readonly file: string
      readonly node: number
      readonly mib: number
      readonly policy: string
    }
  | { readonly op: 'drop'; readonly file: string }
  | { readonly op: 'inject'; readonly event: string; readonly errno: number }

/** A device that the platform holds: id, address and size in bytes, node. */
export type TraceDevice = readonly [id: string, address: number, bytes: number, node: number]

export interface TraceQmpEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface TraceStep {
  readonly op: TraceOperation
  readonly result: {
    readonly devices: readonly TraceDevice[]
    readonly errno?: string | null
    readonly error?: string
    readonly ok?: boolean
    readonly corrupt?: readonly string[]
  }
  /** `ACTION DEVPATH SUBSYSTEM`, in order. */
  readonly uevents: readonly string[]
  readonly qmp: readonly TraceQmpEvent[]
  /** The change of the flat view since the step before. */
  readonly set: Readonly<Record<string, string>>
  readonly gone: readonly string[]
}

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

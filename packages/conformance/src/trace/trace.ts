import { HotplugError } from '@memhp/core'

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

/** A recorded run of a real kernel. */
export interface Trace {
  readonly name: string
  readonly arch: string
  readonly kernel: string
  readonly machine: TraceMachine
  /** The flat view before the first step. */
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly TraceStep[]
}

const OPERATIONS = ['plug', 'unplug', 'write', 'fill', 'drop', 'inject']

function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_TRACE', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a recorded trace.
 * @param text JSON, decompressed
 * @throws HotplugError BAD_TRACE with the place of the fault
 */
export function parseTrace(text: string, source: { readonly name: string }): Trace {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    refuse(
      source.name,
      `is no JSON (${error instanceof Error ? error.message : String(error)}); it may be truncated.`,
    )
  }
  if (!isRecord(raw)) refuse(source.name, 'is no trace: an object was expected.')
  for (const key of ['name', 'arch', 'kernel'] as const) {
    if (typeof raw[key] !== 'string') refuse(`${source.name}/${key}`, 'must be text.')
  }
  for (const key of ['machine', 'boot'] as const) {
    if (!isRecord(raw[key])) refuse(`${source.name}/${key}`, 'must be an object.')
  }
  if (!Array.isArray(raw.steps)) refuse(`${source.name}/steps`, 'must be a list.')
  raw.steps.forEach((step: unknown, i) => {
    checkStep(step, `${source.name}/steps/${i}`)
  })
  return raw as unknown as Trace
}

function checkStep(step: unknown, place: string): void {
  if (!isRecord(step)) refuse(place, 'must be an object.')
  if (!isRecord(step.op) || !OPERATIONS.includes(String(step.op.op))) {
    refuse(`${place}/op`, `is none of ${OPERATIONS.join(', ')}.`)
  }
  if (!isRecord(step.result) || !Array.isArray(step.result.devices)) {
    refuse(`${place}/result/devices`, 'must be a list.')
  }
  if (!Array.isArray(step.uevents)) refuse(`${place}/uevents`, 'must be a list.')
  if (!Array.isArray(step.qmp)) refuse(`${place}/qmp`, 'must be a list.')
  if (!isRecord(step.set)) refuse(`${place}/set`, 'must be an object.')
  if (!Array.isArray(step.gone)) refuse(`${place}/gone`, 'must be a list.')
}

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
  checkMachine(raw.machine, `${source.name}/machine`)
  checkView(raw.boot, `${source.name}/boot`)
  raw.steps.forEach((step: unknown, i) => {
    checkStep(step, `${source.name}/steps/${i}`)
  })
  return raw as unknown as Trace
}

/** Most of anything that a machine of a trace may have: CPUs, slots, nodes. */
const COUNT_LIMIT = 8192
const MIB_LIMIT = 2 ** 40

const isCount = (value: unknown, limit: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= limit

function checkMachine(machine: unknown, place: string): void {
  if (!isRecord(machine)) refuse(place, 'must be an object.')
  if (typeof machine.cmdline !== 'string') refuse(`${place}/cmdline`, 'must be text.')
  for (const key of ['cpus', 'slots']) {
    if (!isCount(machine[key], COUNT_LIMIT))
      refuse(`${place}/${key}`, `must be a number up to ${COUNT_LIMIT}.`)
  }
  for (const key of ['boot_mib', 'max_mib']) {
    if (!isCount(machine[key], MIB_LIMIT)) refuse(`${place}/${key}`, 'must be a number of MiB.')
  }
  const nodes = machine.nodes_mib
  if (
    !Array.isArray(nodes) ||
    nodes.length > COUNT_LIMIT ||
    !nodes.every((mib) => isCount(mib, MIB_LIMIT))
  ) {
    refuse(`${place}/nodes_mib`, 'must list the MiB of each node.')
  }
}

/** Files without which no machine can be built. */
const NEEDED = ['/proc/iomem', '/sys/devices/system/memory/block_size_bytes']

function checkView(view: unknown, place: string): void {
  if (!isRecord(view)) refuse(place, 'must be an object.')
  for (const [key, text] of Object.entries(view)) {
    if (typeof text !== 'string') refuse(`${place}/${key}`, 'must be text.')
  }
  for (const key of NEEDED) if (!(key in view)) refuse(`${place}/${key}`, 'is missing.')
}

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')

/** Fields of each operation and their types. */
const OPERATION_FIELDS: Readonly<Record<string, Readonly<Record<string, 'string' | 'number'>>>> = {
  plug: { id: 'string', mib: 'number', node: 'number' },
  unplug: { id: 'string' },
  write: { path: 'string', value: 'string' },
  fill: { file: 'string', node: 'number', mib: 'number', policy: 'string' },
  drop: { file: 'string' },
  inject: { event: 'string', errno: 'number' },
}

function checkOperation(op: Record<string, unknown>, place: string): void {
  for (const [field, type] of Object.entries(OPERATION_FIELDS[String(op.op)] ?? {})) {
    const value = op[field]
    const right = type === 'string' ? typeof value === 'string' : Number.isSafeInteger(value)
    if (!right)
      refuse(`${place}/${field}`, type === 'string' ? 'must be text.' : 'must be a whole number.')
  }
}

function checkStep(step: unknown, place: string): void {
  if (!isRecord(step)) refuse(place, 'must be an object.')
  if (!isRecord(step.op) || !Object.hasOwn(OPERATION_FIELDS, String(step.op.op))) {
    refuse(`${place}/op`, `is none of ${Object.keys(OPERATION_FIELDS).join(', ')}.`)
  }
  checkOperation(step.op, `${place}/op`)
  if (!isRecord(step.result) || !Array.isArray(step.result.devices)) {
    refuse(`${place}/result/devices`, 'must be a list.')
  }
  if (!isListOfTexts(step.uevents)) refuse(`${place}/uevents`, 'must be a list of texts.')
  if (!Array.isArray(step.qmp)) refuse(`${place}/qmp`, 'must be a list.')
  if (!isRecord(step.set) || !isListOfTexts(Object.values(step.set))) {
    refuse(`${place}/set`, 'must map paths to texts.')
  }
  if (!isListOfTexts(step.gone)) refuse(`${place}/gone`, 'must be a list of paths.')
}

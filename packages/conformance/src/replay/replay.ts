import { flatView, fromFlatView } from '@memhp/capture'
import type { Machine, Plugins } from '@memhp/core'
import { twinOf } from '@memhp/twin'
import type { Trace, TraceStep } from '../trace/trace'
import { applyHints, type Hints } from './hints'
import { type Performed, performOperation } from './perform'

/** One thing in which the model and the recording differ. */
export interface Difference {
  /** `errno`, `devices`, `uevents`, `qmp`, or a path of the flat view. */
  readonly what: string
  readonly real: string | undefined
  readonly model: string | undefined
}

export interface ReplayReport {
  readonly name: string
  readonly arch: string
  readonly stepCount: number
  /** Steps in which everything agrees. */
  readonly agreeing: number
  readonly hintCount: number
  /** Index of the first step that differs (-1: the boot view), and in what; undefined where none does. */
  /** The last steps up to the first difference, as JSON with their index. */
  readonly context: readonly string[]
  readonly first: { readonly step: number; readonly differences: readonly Difference[] } | undefined
}

/** Keys that move by themselves on a live kernel and are not compared. */
const isNoise = (key: string): boolean => key.endsWith('#MemFree')

export interface ReplayOptions {
  /** Told after each step, with the machine as it is then. */
  readonly onStep?: (index: number, machine: Machine, differences: readonly Difference[]) => void
}

/**
 * Carries a recording out on the model and compares everything after each step.
 * @throws HotplugError UNKNOWN_PLUGIN where no plugin knows the trace's machine, BAD_TRACE
 */
export function replayTrace(
  trace: Trace,
  plugins: Plugins,
  options: ReplayOptions = {},
): ReplayReport {
  const { machine } = twinOf(fromFlatView(trace), plugins)
  const expected: Map<string, string> = new Map(Object.entries(trace.boot))
  const hints: Hints = new Map()
  const boot = compareViews(expected, flatView(machine.tree))
  let first: ReplayReport['first'] = boot.length > 0 ? { step: -1, differences: boot } : undefined
  let agreeing = 0
  let hintCount = 0
  trace.steps.forEach((step, index) => {
    hintCount += applyHints(machine, hints, step)
    const differences = replayStep(machine, expected, step)
    if (differences.length === 0) agreeing += 1
    else first ??= { step: index, differences }
    options.onStep?.(index, machine, differences)
  })
  return {
    name: trace.name,
    arch: trace.arch,
    stepCount: trace.steps.length,
    agreeing,
    hintCount,
    first,
    context: first === undefined ? [] : contextOf(trace, first.step),
  }
}

/** How many steps before the first difference are shown. */
const CONTEXT_STEPS = 5

const contextOf = (trace: Trace, step: number): string[] =>
  trace.steps
    .slice(Math.max(0, step - CONTEXT_STEPS), step + 1)
    .map(({ op }, i) => `${Math.max(0, step - CONTEXT_STEPS) + i}: ${JSON.stringify(op)}`)

function replayStep(
  machine: Machine,
  expected: Map<string, string>,
  step: TraceStep,
): Difference[] {
  const { journal } = machine.state
  const before = { seqnum: journal.seqnum, platform: journal.platform.length }
  const performed = performOperation(machine, step.op)
  for (const [key, value] of Object.entries(step.set)) expected.set(key, value)
  for (const key of step.gone) expected.delete(key)
  return [
    ...compareResult(step, performed),
    ...compareText('devices', step.result.devices, devicesOf(machine)),
    ...compareText('uevents', step.uevents, ueventsSince(machine, before.seqnum)),
    ...compareText(
      'qmp',
      knowable(step.qmp),
      knowable(machine.state.journal.platform.slice(before.platform)),
    ),
    ...compareViews(expected, flatView(machine.tree)),
  ]
}

function compareResult(step: TraceStep, performed: Performed): Difference[] {
  const { errno, ok, corrupt } = step.result
  return [
    ...compareText('errno', errno, performed.errno),
    ...compareText(
      'refused by the platform',
      step.result.error !== undefined,
      performed.error !== undefined,
    ),
    ...compareText('ok', ok, performed.ok),
    ...compareText('corrupt', corrupt ?? [], performed.corrupt ?? []),
  ]
}

const ueventsSince = (machine: Machine, seqnum: number): string[] =>
  machine.state.journal.uevents
    .filter((uevent) => uevent.seqnum > seqnum)
    .map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`)

const devicesOf = (machine: Machine): unknown[] =>
  machine.drivers
    .flatMap((driver) => driver.plugged(machine))
    .map(({ id, address, sizeBytes, node }) => [id, address, sizeBytes, node])

/** The events of the platform that a firmware model can know. */
const knowable = (
  events: readonly { readonly event: string; readonly data: unknown }[],
): unknown[] =>
  events
    .filter(({ event }) => event === 'ACPI_DEVICE_OST' || event === 'DEVICE_DELETED')
    .map(({ event, data }) => ({ event, data }))

function compareText(what: string, real: unknown, model: unknown): Difference[] {
  const texts = [real, model].map((value) =>
    value === undefined ? undefined : canonicalJson(value),
  )
  return texts[0] === texts[1] ? [] : [{ what, real: texts[0], model: texts[1] }]
}

/** JSON with the keys of objects in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry
    return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

function compareViews(
  expected: ReadonlyMap<string, string>,
  view: Readonly<Record<string, string>>,
): Difference[] {
  const differences: Difference[] = []
  for (const [key, real] of expected) {
    const model = view[key]
    if (model !== real && !isNoise(key)) differences.push({ what: key, real, model })
  }
  for (const key of Object.keys(view)) {
    if (!expected.has(key) && !isNoise(key))
      differences.push({ what: key, real: undefined, model: view[key] })
  }
  return differences
}

import { flatView, fromFlatView } from '@memhp/capture'
import type { Machine, Plugins } from '@memhp/core'
import { twinOf } from '@memhp/twin'
import type { Trace } from '../trace/trace'
import { compareViews, type Difference } from './compare'
import { applyHints, type Hints } from './hints'
import { replayStep } from './replay-step'

export interface ReplayReport {
  readonly name: string
  readonly arch: string
  readonly stepCount: number
  /** Steps in which everything agrees. */
  readonly agreeing: number
  readonly hintCount: number
  /** The last steps up to the first difference, as JSON with their index. */
  readonly context: readonly string[]
  /** Index of the first step that differs (-1: the boot view), and in what; undefined where none does. */
  readonly first: { readonly step: number; readonly differences: readonly Difference[] } | undefined
}

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

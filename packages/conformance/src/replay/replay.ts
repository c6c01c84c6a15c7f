import { fromFlatView } from '@memhp/capture'
import {
  HotplugError,
  isHotplugError,
  type KernelConfig,
  type Machine,
  type Plugins,
} from '@memhp/core'
import type { FirmwareDialect, PlatformFacts } from '@memhp/core/plugin'
import { parseCmdline } from '@memhp/kernel-files'
import {
  type Difference,
  FlatReader,
  partsOf,
  type RecordedOperation,
  type Trace,
  type TraceStep,
} from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import { withoutStacks } from '../without-stacks'
import { ViewComparison } from './compare-views'
import { Course } from './course'
import { mayGiveChunk, misplacesKernelMemory } from './hints'
import { replayStep } from './replay-step'
import { resizablesOf } from './resizables-of'
import type { TraceStart } from './trace-start'

/** Where model and recording part: the index of the step (-1: the boot view), and in what. */
export interface FirstDifference {
  readonly step: number
  readonly differences: readonly Difference[]
}

export interface ReplayReport {
  readonly name: string
  readonly arch: string
  readonly stepCount: number
  /** Steps in which everything agrees. */
  readonly agreeing: number
  readonly hintCount: number
  /** What led to the first difference: the last steps up to it. */
  readonly context: readonly { readonly step: number; readonly op: RecordedOperation }[]
  /** Undefined where nothing differs. */
  readonly first: FirstDifference | undefined
}

/** How the machine that a run begins with is read. */
export interface BeginOptions {
  /** Of the firmware that it may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[] | undefined
}

export interface ReplayOptions extends BeginOptions {
  /** Told after each step, with the machine as it is then. */
  readonly onStep?: (index: number, machine: Machine, differences: readonly Difference[]) => void
}

/** A run of a real kernel on its way through the model, step by step: a recorded one, or one that goes on now. */
export class Replay {
  readonly machine: Machine
  /** The kernel's flat view after the last step. */
  readonly expected: ReadonlyMap<string, string>
  readonly #views: ViewComparison
  readonly #course: Course
  #taken = 0
  #agreeing = 0
  #first: FirstDifference | undefined

  /**
   * Boots the machine that a run begins with.
   * @throws HotplugError UNKNOWN_PLUGIN where no plugin knows the machine, BAD_TRACE where it cannot have been
   */
  static async begin(
    start: TraceStart,
    plugins: Plugins,
    options: BeginOptions = {},
  ): Promise<Replay> {
    return new Replay(start, await bootMachine(start, plugins, options), plugins)
  }

  private constructor(start: TraceStart, machine: Machine, plugins: Plugins) {
    this.machine = machine
    this.#course = new Course(machine, start.boot, plugins)
    this.#views = new ViewComparison(
      start.boot,
      new FlatReader(this.machine.tree, { parts: partsOf(start.boot) }),
    )
    this.expected = this.#views.expected
    const differences = this.#views.boot()
    if (differences.length > 0) this.#first = { step: -1, differences }
  }

  /** Steps in which everything agreed. */
  get agreeing(): number {
    return this.#agreeing
  }

  /** Unmovable pages that were placed so far. */
  get hintCount(): number {
    return this.#course.hintCount
  }

  get first(): FirstDifference | undefined {
    return this.#first
  }

  /**
   * Carries a step out on the model. A model that breaks differs from a kernel that did not.
   * @returns in what the two differ; empty where they agree
   * @throws HotplugError BAD_TRACE, with its place (`steps/12/op/event`), for what the machine cannot do at all
   */
  step(step: TraceStep): readonly Difference[] {
    const differences = this.#differences(step)
    if (differences.length === 0) this.#agreeing += 1
    else this.#first ??= { step: this.#taken, differences }
    this.#taken += 1
    return differences
  }

  /**
   * Carries a step out, and once more for each chunk that the kernel turns out to have had, or where it turns out to have placed its
   * struct pages and tables elsewhere.
   */
  #stepWithChunks(step: TraceStep): readonly Difference[] {
    const { machine, expected } = this
    const { unremovable } = this.#views
    const mayGive = this.#course.mayGiveChunks && mayGiveChunk(machine, step, unremovable)
    let differences = this.#stepOnce(step)
    for (let given = 0; given < MOST_CHUNKS; given++) {
      if (!mayGive || !differences.some(misplacesKernelMemory)) break
      const isGiven = this.#course.giveChunk(expected)
      differences = this.#stepOnce(step)
      if (!isGiven) break
    }
    return differences.length > 0 && this.#course.shield(step) ? this.#stepOnce(step) : differences
  }

  #stepOnce(step: TraceStep): readonly Difference[] {
    return replayStep({ machine: this.machine, views: this.#views }, step, () => {
      const answer = this.#course.answer(step)
      this.#course.settled(step)
      return answer
    })
  }

  #differences(step: TraceStep): readonly Difference[] {
    try {
      return withoutStacks(() => {
        this.#course.begin(step)
        return this.#stepWithChunks(step)
      })
    } catch (error) {
      if (isHotplugError(error) && error.code === 'BAD_TRACE') throw inStep(this.#taken, error)
      return [{ what: BROKE, real: undefined, model: JSON.stringify(String(error)) }]
    }
  }
}

/** Chunks that a kernel may have claimed unnoticed before one step. */
const MOST_CHUNKS = 8

/** A refusal with the step in its place. */
function inStep(index: number, { errno, message, detail }: HotplugError): HotplugError {
  const step = `steps/${index}`
  return new HotplugError('BAD_TRACE', errno, `${step}/${message}`, {
    detail: { ...detail, place: `${step}/${String(detail.place)}` },
  })
}

/** What differs where the model throws what no kernel answers. */
const BROKE = 'the model broke'

/** The machine that a run begins with. Whatever is wrong with it is told with its place in the trace. */
async function bootMachine(
  start: TraceStart,
  plugins: Plugins,
  { dialects }: BeginOptions,
): Promise<Machine> {
  try {
    const options = {
      ...platformOf(start),
      dialects,
      config: configOf(start),
      unmovablePages: 'left out' as const,
    }
    return (await twinOf(fromFlatView(start), plugins, options)).machine
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const [place, code] =
      error.code === 'UNKNOWN_PLUGIN'
        ? (['arch', 'UNKNOWN_PLUGIN'] as const)
        : (['boot', 'BAD_TRACE'] as const)
    const detail = { ...error.detail, place }
    throw new HotplugError(code, 'EINVAL', `${place}: ${error.message}`, { detail, cause: error })
  }
}

const platformOf = (start: TraceStart): PlatformFacts => ({
  ...dimmsOf(start),
  ...resizablesOf(start),
})

const dimmsOf = ({ machine }: TraceStart): PlatformFacts => ({
  ...(machine.slots > 0 ? { slots: machine.slots } : {}),
  ...(machine.nodes_mib.length > 0 ? { domains: domainsOf(machine) } : {}),
})

/** What recordings of kernels that were built otherwise have in their names (recordings/README.md). */
const configOf = ({ name = '' }: TraceStart): Partial<KernelConfig> =>
  /nomemcg/i.test(name) ? { pageCgroup: false } : {}

/**
 * Proximity domains as QEMU's SRAT names them: those of the processors, which go round the nodes, those with boot memory,
 * and the last, which the window for memory devices belongs to. A kernel that is told to leave nodes alone does not read it.
 * Source: QEMU hw/i386/acpi-build.c 7.2; drivers/acpi/numa/srat.c 6.1.
 */
function domainsOf({
  cpus,
  cmdline,
  nodes_mib: nodes,
}: TraceStart['machine']): NonNullable<PlatformFacts['domains']> {
  const parameters = parseCmdline(cmdline ?? '')
  if (parameters.some(({ name, value }) => name === 'numa' && value === 'off'))
    return { count: nodes.length, named: [] }
  const withCpus = Array.from({ length: cpus }, (_, cpu) => cpu % nodes.length)
  const withMemory = nodes.flatMap((mib, node) => (mib > 0 ? [node] : []))
  const named = [...new Set([...withCpus, ...withMemory, nodes.length - 1])]
  return { count: nodes.length, named }
}

/**
 * Carries a recording out on the model and compares everything after each step.
 * @throws HotplugError UNKNOWN_PLUGIN where no plugin knows the trace's machine, BAD_TRACE
 */
export async function replayTrace(
  trace: Trace,
  plugins: Plugins,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const replay = await Replay.begin(trace, plugins, options)
  trace.steps.forEach((step, index) => {
    const differences = replay.step(step)
    options.onStep?.(index, replay.machine, differences)
  })
  const { agreeing, hintCount, first } = replay
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

function contextOf({ steps }: Trace, last: number): ReplayReport['context'] {
  const from = Math.max(0, last - CONTEXT_STEPS)
  return steps.slice(from, last + 1).map(({ op }, i) => ({ step: from + i, op }))
}

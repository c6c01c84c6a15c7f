import type { Plugins } from '@memhp/core'
import type { FirmwareDialect } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'
import type {
  Difference,
  Operation,
  Trace,
  TraceDevice,
  TraceResizable,
  TraceStep,
} from '@memhp/trace'
import { createRandom } from '../generators/random'
import { type FirstDifference, Replay } from '../replay/replay'
import { drawWalkOperation, type WalkState } from './draw-operation'
import { type BootKernel, type LiveKernel, unameOf, type WalkMachine } from './live-kernel'

export interface WalkOptions {
  readonly machine: WalkMachine
  readonly boot: BootKernel
  readonly plugins: Plugins
  /** Of the firmware that a kernel may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[]
  /** Milliseconds since any moment. What the kernel and the model took is measured with it. */
  readonly clock: () => number
  readonly onStep?: (step: WalkProgress) => void
  readonly signal?: WalkSignal
}

/** What interrupts a walk; an `AbortSignal` is one. */
export interface WalkSignal {
  readonly aborted: boolean
  throwIfAborted(): void
}

/** One step that was taken on both sides. */
export interface WalkProgress {
  readonly index: number
  readonly operation: Operation
  readonly differences: readonly Difference[]
}

/** A walk that was taken, up to its end or the first difference. */
export interface WalkReport {
  readonly kernel: string
  /** What the kernel did, in the form of recorded runs. */
  readonly trace: Trace
  /** Steps in which everything agreed. */
  readonly agreeing: number
  /** Unmovable pages that were put where the kernel showed that it had some. */
  readonly hintCount: number
  readonly first: FirstDifference | undefined
  /** Milliseconds that the steps took, without the boot: carrying them out, and reading everything that is compared. */
  readonly kernelMs: number
  readonly modelMs: number
}

/** What comes next in a walk; undefined at its end. */
type Next = (state: WalkState) => Operation | undefined

/**
 * Walks at random: each step is drawn from what the kernel shows, carried out on the kernel and on the model, and
 * everything is compared. Ends at the first difference.
 * @param walk `seed`: the same one draws the same walk as long as the kernel does the same
 * @throws the signal's reason; what the kernel's side throws
 */
export function walkAtRandom(
  options: WalkOptions,
  walk: { readonly seed: number; readonly steps: number },
): Promise<WalkReport> {
  const random = createRandom(walk.seed)
  const { machine, dialects = DIALECTS } = options
  const requests = dialects.flatMap((dialect) =>
    dialect.walk.archs.includes(unameOf(machine.arch)) ? dialect.walk.requests : [],
  )
  return takeWalk(options, (state) =>
    state.taken < walk.steps ? drawWalkOperation(random, state, requests) : undefined,
  )
}

/** Walks the given way. Ends at the first difference, like `walkAtRandom`. */
export const walkAlong = (
  options: WalkOptions,
  operations: readonly Operation[],
): Promise<WalkReport> => takeWalk(options, ({ taken }) => operations[taken])

async function takeWalk(options: WalkOptions, next: Next): Promise<WalkReport> {
  options.signal?.throwIfAborted()
  const kernel = await options.boot(options.machine)
  try {
    return await new Walk(options, kernel).take(next)
  } finally {
    await kernel.stop()
  }
}

class Walk {
  readonly #options: WalkOptions
  readonly #kernel: LiveKernel
  #devices: readonly TraceDevice[] = []
  #resizables: readonly TraceResizable[] = []
  #files: readonly string[] = []
  #kernelMs = 0
  #modelMs = 0

  constructor(options: WalkOptions, kernel: LiveKernel) {
    this.#options = options
    this.#kernel = kernel
  }

  async take(next: Next): Promise<WalkReport> {
    const { machine, signal, onStep, plugins, dialects } = this.#options
    const boot = await this.#kernel.flatView()
    const replay = await Replay.begin({ ...this.#kernel.trace(WALK_NAME), boot }, plugins, {
      dialects,
    })
    let taken = 0
    while (replay.first === undefined) {
      signal?.throwIfAborted()
      const state = {
        machine,
        view: replay.expected,
        devices: this.#devices,
        resizables: this.#resizables,
        files: this.#files,
        taken,
      }
      const operation = next(state)
      if (operation === undefined) break
      const differences = await this.#step(operation, replay)
      onStep?.({ index: taken, operation, differences })
      taken += 1
    }
    const { agreeing, hintCount, first } = replay
    return {
      kernel: this.#kernel.kernel,
      trace: { ...this.#kernel.trace(WALK_NAME), boot },
      agreeing,
      hintCount,
      first,
      kernelMs: this.#kernelMs,
      modelMs: this.#modelMs,
    }
  }

  async #step(operation: Operation, replay: Replay): Promise<readonly Difference[]> {
    const { clock } = this.#options
    const start = clock()
    const step = await this.#kernel.perform(operation)
    const performed = clock()
    const differences = replay.step(step)
    this.#kernelMs += performed - start
    this.#modelMs += clock() - performed
    this.#note(step)
    return differences
  }

  #note({ op, result }: TraceStep): void {
    this.#devices = result.devices ?? this.#devices
    this.#resizables = result.virtio ?? this.#resizables
    if (op.op === 'fill' && result.ok === true) this.#files = [...this.#files, op.file]
    if (op.op === 'drop') this.#files = this.#files.filter((file) => file !== op.file)
  }
}

/** What a trace is called before whoever writes it gives it a name. */
const WALK_NAME = 'walk'

import {
  fingerprint,
  HotplugError,
  invariant,
  type MachineDescription,
  type Plugins,
  verifyAllocation,
} from '@memhp/core'
import type { FirmwareDialect } from '@memhp/core/plugin'
import { checkStep, checkWatched, type Outcome, type Step } from '@memhp/invariants'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { MachineOperation } from '@memhp/trace'
import { createRandom } from '../generators/random'
import { type DrawnPlatform, drawMachine, platformsOf, runsOn } from './draw-machine'
import { drawStep, drawWeights } from './draw-step'
import type { SimStep } from './operation'
import { operationsOf, performStep } from './perform'
import { createWorld, type World } from './world'

export interface SimulationOptions {
  /** Everything is drawn from it: the machine, the operations, the faults. */
  readonly seed: number
  readonly steps: number
  /** The machine; default: drawn. */
  readonly description?: MachineDescription
  /** The architecture of a machine that is drawn; default: the seed decides. */
  readonly arch?: string
  /** The kernel of a machine that is drawn; default: that of descriptions. */
  readonly kernel?: string
  /** After how many steps all of the machine is checked: in between, what a step wrote. Default 1000. */
  readonly wholeEvery?: number
  /** Must hold an architecture and a driver that belong together; with several, the seed decides. */
  readonly plugins: Plugins
  /** Of the firmware that may be drawn; default: of all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[]
  /** Told of the world after boot and after each step, before it is checked. */
  readonly onStep?: (world: World, index: number) => void
}

export interface SimulationReport {
  readonly seed: number
  readonly description: MachineDescription
  readonly steps: readonly SimStep[]
  /** Steps that were done, and refused, by kind of operation. */
  readonly done: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  /** Of the machine at the end. */
  readonly fingerprint: string
}

/** A simulation found something wrong. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure'
  readonly seed: number
  readonly description: MachineDescription
  /** What led there; the last one shows it. Empty: the machine was wrong from the start. */
  readonly steps: readonly SimStep[]

  constructor(
    found: {
      readonly seed: number
      readonly description: MachineDescription
      readonly steps: readonly SimStep[]
    },
    cause: unknown,
  ) {
    const what = cause instanceof Error ? cause.message : String(cause)
    const lines = found.steps.map((step) => `  ${JSON.stringify(step)}`)
    super(
      `Seed ${found.seed}, step ${found.steps.length}: ${what}\n${JSON.stringify(found.description)}\n${lines.join('\n')}`,
      { cause },
    )
    this.seed = found.seed
    this.description = found.description
    this.steps = found.steps
  }
}

/** The platforms that may be drawn. */
function platformsFor(options: SimulationOptions): readonly DrawnPlatform[] {
  const { plugins, dialects = DIALECTS, description, kernel } = options
  const name = description?.arch ?? options.arch
  const platforms = platformsOf(plugins, dialects).filter(
    ({ arch, dialect }) =>
      (name === undefined ? kernel === undefined || runsOn(arch, kernel) : arch.name === name) &&
      (description === undefined ||
        dialect === null ||
        dialect.driver in (description.drivers ?? {})),
  )
  if (platforms.length > 0) return platforms
  throw new HotplugError('UNKNOWN_PLUGIN', 'ENOENT', `Nothing is drawn for ${name}.`, {
    detail: { arch: name },
  })
}

/**
 * Draws a machine and operations from a seed, carries them out, and checks every invariant after each.
 * Same seed, same run.
 * @throws SimulationFailure with the seed and what led there
 */
export function simulate(options: SimulationOptions): SimulationReport {
  const { seed } = options
  const random = createRandom(seed)
  const platform = random.pick(platformsFor(options))
  const description = options.description ?? {
    ...drawMachine(random, platform),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  }
  const habits = { weights: drawWeights(random), dialect: platform.dialect }
  const steps: SimStep[] = []
  try {
    const run = startRun(description, options)
    const { world, done, refused } = run
    const { onStep } = options
    onStep?.(world, -1)
    checkWorld(world)
    for (let i = 0; i < options.steps; i++) {
      const step = drawStep(random, world, habits)
      steps.push(step)
      takeStep(run, step, onStep && (() => onStep(world, i)))
    }
    if (!isWholeDue(run)) checkWorld(world)
    return { seed, description, steps, done, refused, fingerprint: fingerprint(world.machine) }
  } catch (error) {
    throw new SimulationFailure({ seed, description, steps }, error)
  }
}

/**
 * Carries given operations out on a given machine, with the same checks.
 * @throws SimulationFailure at the first step that shows something wrong
 */
export function replaySteps(what: {
  readonly description: MachineDescription
  readonly steps: readonly SimStep[]
  readonly plugins: Plugins
  /** Told of each step before it is taken, and of what it came to once it is checked. */
  readonly onStep?: SimulationObserver
}): World {
  const { description } = what
  const taken: SimStep[] = []
  try {
    const run = startRun(description, what)
    checkWorld(run.world)
    for (const step of what.steps) {
      taken.push(step)
      const operations = operationsOf(run.world, step.operation)
      const { outcome } = takeStep(run, step)
      what.onStep?.({ step, operations, outcome })
    }
    if (!isWholeDue(run)) checkWorld(run.world)
    return run.world
  } catch (error) {
    throw new SimulationFailure({ seed: description.seed ?? 0, description, steps: taken }, error)
  }
}

/** Is told of a step that was taken: the operations that it stood for, and what they came to. */
export type SimulationObserver = (taken: {
  readonly step: SimStep
  readonly operations: readonly MachineOperation[]
  readonly outcome: Outcome
}) => void

interface Run {
  readonly world: World
  readonly wholeEvery: number
  /** Steps so far. */
  taken: number
  readonly done: Record<string, number>
  readonly refused: Record<string, number>
}

const startRun = (
  description: MachineDescription,
  { plugins, wholeEvery = WHOLE_EVERY }: Pick<SimulationOptions, 'plugins' | 'wholeEvery'>,
): Run => ({
  world: createWorld(description, plugins),
  wholeEvery,
  taken: 0,
  done: {},
  refused: {},
})

function takeStep(run: Run, step: SimStep, afterwards?: () => void): Step {
  const { world } = run
  const { step: watched, isAlone } = performStep(world, step)
  const { op } = step.operation
  const counts = watched.outcome.kind === 'done' ? run.done : run.refused
  counts[op] = (counts[op] ?? 0) + 1
  if (afterwards !== undefined) {
    afterwards()
    world.watch.expectChange()
  }
  if (isAlone) checkStep(watched)
  run.taken += 1
  if (isWholeDue(run)) checkWorld(world)
  else checkWatched(world.watch, 'written')
  return watched
}

/** Whether all of the machine is checked after the last step. */
const isWholeDue = ({ taken, wholeEvery }: Run): boolean => taken % wholeEvery === 0

/** Default of `wholeEvery`. */
const WHOLE_EVERY = 1000

/** The machine is sound, and all named memory holds what was put there. */
function checkWorld(world: World): void {
  const { machine, watch } = world
  checkWatched(watch, 'all')
  for (const [name, taken] of world.memory) {
    if (taken.kind !== 'allocation') continue
    const { id } = taken
    const corrupt = verifyAllocation(machine, id)
    const lost = lostPages(world, id)
    invariant(corrupt === lost, `${corrupt} pages of ${name} are damaged, ${lost} by hardware.`)
  }
}

/** Pages that an owner lost to hardware errors: they are nowhere any more. */
const lostPages = ({ machine }: World, id: number): number =>
  machine.state.memory.allocations.get(id)?.pages.filter((page) => page === -1).length ?? 0

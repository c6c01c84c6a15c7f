import {
  operationsOf,
  replaySteps,
  type SimStep,
  SimulationFailure,
  type SimulationReport,
  shortenFailure,
  simulate,
} from '@memhp/conformance'
import type { Plugins } from '@memhp/core'
import { formatScenario, type WrittenRun } from '@memhp/scenario'

/** One seed to be simulated. */
export interface SimulationTask {
  readonly seed: number
  readonly steps: number
  readonly arch?: string
  readonly kernel?: string
}

/** What the simulation of a seed came to. */
export type SeedOutcome =
  | ({ readonly kind: 'clean'; readonly arch: string } & Pick<
      SimulationReport,
      'seed' | 'done' | 'refused' | 'fingerprint'
    >)
  | {
      readonly kind: 'broken'
      readonly seed: number
      /** What was found. */
      readonly message: string
      /** Number of the step that showed it. */
      readonly step: number
      /** The shortest sequence that shows it. */
      readonly sequence: readonly SimStep[]
      /** Text of a scenario that shows it. */
      readonly scenario: string
    }

/**
 * Simulates a seed in this thread.
 * @throws HotplugError where no machine can be drawn as wanted
 */
export function simulateSeed(task: SimulationTask, plugins: Plugins): SeedOutcome {
  const { seed } = task
  try {
    const { done, refused, fingerprint, description } = simulate({ ...task, plugins })
    return { kind: 'clean', seed, arch: description.arch, done, refused, fingerprint }
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    const shortest = shortenFailure(error, plugins)
    return {
      kind: 'broken',
      seed,
      message: messageOf(error),
      step: error.steps.length,
      sequence: shortest.steps,
      scenario: scenarioOf(shortest, { seed, plugins }),
    }
  }
}

const messageOf = ({ cause }: SimulationFailure): string =>
  cause instanceof Error ? cause.message : String(cause)

/** The failing sequence as a scenario: all steps but the last one come to what they came to here. */
function scenarioOf(
  failure: SimulationFailure,
  { seed, plugins }: { readonly seed: number; readonly plugins: Plugins },
): string {
  const { description, steps } = failure
  const written: WrittenRun['steps'][number][] = []
  const before = steps.slice(0, -1)
  const world = replaySteps({
    description,
    steps: before,
    plugins,
    onStep: ({ step, operations, outcome }) => {
      const code = outcome.kind === 'refused' ? outcome.code : undefined
      for (const [i, operation] of operations.entries()) {
        const isLast = i === operations.length - 1
        written.push({
          operation,
          fault: step.fault,
          callback: step.callback,
          ...(isLast ? { code } : {}),
        })
      }
    },
  })
  const last = steps.at(-1)
  for (const operation of last === undefined ? [] : operationsOf(world, last.operation))
    written.push({ operation, fault: last?.fault, callback: last?.callback })
  return formatScenario({
    title: `Seed ${seed}: ${messageOf(failure)}`.slice(0, 200),
    description:
      'The shortest sequence that memhp simulate found. The last step breaks the invariant.',
    machine: description,
    steps: written,
  })
}

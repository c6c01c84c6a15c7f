import { GENERATIONS, generationOfRelease, HotplugError } from '@memhp/core'
import { seenReleases } from '@memhp/core/inspect'
import type { Scenario, ScenarioStep } from '../format/scenario'
import { joinUevents, outcomeText, platformText, ueventText } from '../verify/event-checks'
import { type RunOptions, type ScenarioRun, type StepReport, startScenario } from './run'

/** What happened in a step, as texts: what became of it, and what was told. */
export interface Story {
  /** `done`, or the errno of the refusal. */
  readonly outcome: string
  /** Uevents, those of following blocks as one. */
  readonly uevents: readonly string[]
  readonly log: readonly string[]
  readonly platform: readonly string[]
  /** `key: before -> after`; only where changes are recorded. */
  readonly changes: readonly string[]
}

/** A story, and the kernels on which it was the same, in the order in which they were asked for. */
export interface SharedStory extends Story {
  readonly kernels: readonly string[]
}

/** A step on all kernels. */
export interface StepOnKernels {
  readonly step: ScenarioStep
  readonly stories: readonly SharedStory[]
}

/** A kernel that the machine of the scenario cannot have. */
export interface UnfitKernel {
  readonly kernel: string
  readonly why: string
}

/** A scenario on several kernels, step by step. */
export interface RunOnKernels {
  readonly steps: readonly StepOnKernels[]
  readonly unfit: readonly UnfitKernel[]
}

/** The names of all kernels that differ: those that are listed, and those of releases that were looked at, oldest first. */
export function everyKernel(): readonly string[] {
  const looked = seenReleases().flatMap(
    (release) => generationOfRelease(release.join('.'), GENERATIONS)?.generation ?? [],
  )
  const byName = new Map([...GENERATIONS, ...looked].map((each) => [each.name, each.kernels.from]))
  const collator = new Intl.Collator('en', { numeric: true })
  return [...byName]
    .toSorted(([, a], [, b]) => collator.compare(a.join('.'), b.join('.')))
    .map(([name]) => name)
}

/** The same scenario on a machine with another kernel. */
function withKernel(scenario: Scenario, kernel: string): Scenario {
  const { machine } = scenario
  if (machine.kind === 'capture') {
    const message =
      'The machine of this scenario is a captured one, which has the kernel of its host.'
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { option: 'kernels' } })
  }
  return { ...scenario, machine: { ...machine, description: { ...machine.description, kernel } } }
}

/** What a step came to, as texts. Lines of the log that only debuggers see are left out. */
export const storyOf = ({ outcome, uevents, log, platform, changes = [] }: StepReport): Story => ({
  outcome: outcome.kind === 'done' ? 'done' : outcomeText(outcome),
  uevents: joinUevents(uevents.map(ueventText)),
  log: log.filter(({ level }) => level !== 'debug').map(({ text }) => text),
  platform: platform.map(platformText),
  changes: changes.map(
    ({ key, before, after }) => `${key}: ${before ?? 'absent'} -> ${after ?? 'absent'}`,
  ),
})

/** Stories that are the same become one. */
function shareStories(
  told: readonly (readonly [kernel: string, story: Story])[],
): readonly SharedStory[] {
  const shared = new Map<string, SharedStory>()
  for (const [kernel, story] of told) {
    const key = JSON.stringify(story)
    const kernels = [...(shared.get(key)?.kernels ?? []), kernel]
    shared.set(key, { kernels, ...story })
  }
  return [...shared.values()]
}

/**
 * Runs the steps of a scenario on a machine for each kernel, and tells which kernels made the same of each. What the scenario expects is
 * not asked.
 * @param kernels names of generations: `v6.12`
 * @throws HotplugError BAD_ARGUMENT where the machine is a captured one
 */
export async function runOnKernels(
  scenario: Scenario,
  kernels: readonly string[],
  options: Omit<RunOptions, 'onStep' | 'onFailure'>,
): Promise<RunOnKernels> {
  const unfit: UnfitKernel[] = []
  const runs: { readonly kernel: string; readonly run: ScenarioRun }[] = []
  for (const kernel of kernels) {
    const changed = withKernel(scenario, kernel)
    try {
      runs.push({ kernel, run: await startScenario(changed, options) })
    } catch (error) {
      if (!(error instanceof HotplugError)) throw error
      unfit.push({ kernel, why: error.message })
    }
  }
  const limit = options.until ?? scenario.steps.length
  const steps = scenario.steps.slice(0, limit).map((step): StepOnKernels => {
    const told = runs.flatMap(({ kernel, run }) => {
      const report = run.next()
      return report === undefined ? [] : [[kernel, storyOf(report)] as const]
    })
    return { step, stories: shareStories(told) }
  })
  return { steps, unfit }
}

import type { RunOnKernels, Scenario } from '@memhp/scenario'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { scenarioBootOptions } from '../source/scenario-source'
import { happeningLines } from './run-narration'

/** What is asked of a run on several kernels. */
export interface KernelsWish {
  /** Names of kernels; `all` for every one. */
  readonly kernels: readonly string[]
  readonly changes: boolean
  readonly log: boolean
  readonly events: boolean
  readonly until: number | undefined
}

const JSON_VERSION = 1

/** Runs a scenario on each of the kernels. */
export async function runSideBySide(
  scenario: Scenario,
  { kernels, changes, until }: KernelsWish,
): Promise<RunOnKernels> {
  const { everyKernel, runOnKernels } = await import('@memhp/scenario')
  const wanted = [...new Set(kernels.flatMap((name) => (name === 'all' ? everyKernel() : [name])))]
  const run = await runOnKernels(scenario, wanted, {
    ...(await scenarioBootOptions(scenario.name)),
    changes: changes ? 'record' : 'skip',
    ...(until === undefined ? {} : { until }),
  })
  if (run.unfit.length < wanted.length) return run
  const { kernel, why } = run.unfit[0] ?? { kernel: '', why: '' }
  throw new CliError(`none of these kernels runs on this machine; ${kernel}: ${why}`, {
    remedy: `kernels are ${everyKernel().join(', ')}`,
  })
}

/** Prints a scenario on several kernels: what they make of a step is told once for those that make the same of it. */
export async function printSideBySide(
  scenario: Scenario,
  run: RunOnKernels,
  wish: KernelsWish,
  { print, paint }: CliContext,
): Promise<void> {
  const { actionText } = await import('@memhp/scenario')
  print(`${paint.bold(scenario.title)} ${paint.dim(`(${scenario.name})`)}\n`)
  for (const { kernel, why } of run.unfit) print(`${kernel} does not run on this machine: ${why}\n`)
  for (const { step, stories } of run.steps) {
    const { number, action, note } = step
    print(`\n${`${number}`.padStart(4)}  ${action === undefined ? 'look' : actionText(action)}\n`)
    if (note !== undefined) print(paint.dim(`      ${note.trim().replaceAll('\n', '\n      ')}\n`))
    for (const story of stories) {
      const who = stories.length === 1 ? 'all' : story.kernels.join(' ')
      const outcome = story.outcome === 'done' ? paint.green('ok') : paint.red(story.outcome)
      print(`      ${paint.bold(who)}: ${outcome}\n`)
      for (const line of happeningLines(story, wish)) print(paint.dim(`        ${line}\n`))
    }
  }
}

/** The same as one document. */
export const sideBySideJson = (
  runs: readonly { readonly scenario: Scenario; readonly run: RunOnKernels }[],
): string => {
  const scenarios = runs.map(({ scenario: { name, title }, run: { steps, unfit } }) => ({
    name,
    title,
    unfit,
    steps: steps.map(({ step: { number, note, action }, stories }) => ({
      number,
      note,
      action,
      stories,
    })),
  }))
  return `${JSON.stringify({ version: JSON_VERSION, scenarios }, null, 2)}\n`
}

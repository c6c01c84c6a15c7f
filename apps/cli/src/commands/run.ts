import type { RunOnKernels, RunOptions, Scenario, ScenarioResult } from '@memhp/scenario'
import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { defectOption } from '../source/machine'
import { readScenarioFile, scenarioBootOptions, scenarioPaths } from '../source/scenario-source'
import { checkUntil, readStepNumber } from '../source/step-number'
import { runJson } from './run-json'
import { type KernelsWish, printSideBySide, runSideBySide, sideBySideJson } from './run-kernels'
import { type Narration, renderHead, renderStep, renderSummary } from './run-narration'

interface RunFlags {
  readonly json?: true
  readonly events?: true
  readonly log?: true
  readonly changes?: true
  readonly check?: true
  readonly until?: number
  readonly keepGoing?: true
  readonly quiet?: true
  readonly defect?: readonly string[]
  readonly cured?: true
  readonly kernels?: readonly string[]
}

/** Which defects the machines have. */
function defectsOf({ cured, defect }: RunFlags): Pick<RunOptions, 'defects'> {
  if (cured) return { defects: 'left-out' }
  return defect === undefined ? {} : { defects: defect }
}

async function runOne(
  scenario: Scenario,
  flags: RunFlags,
  context: CliContext,
): Promise<ScenarioResult> {
  const { actionText, runScenario } = await import('@memhp/scenario')
  const narration: Narration = {
    paint: context.paint,
    events: flags.events === true,
    log: flags.log === true,
  }
  const isTold = !flags.json && !flags.quiet
  if (isTold) context.print(renderHead(scenario, narration))
  const options: RunOptions = {
    ...(await scenarioBootOptions(scenario.name)),
    ...defectsOf(flags),
    changes: flags.changes ? 'record' : 'skip',
    invariants: flags.check ? 'check' : 'skip',
    onFailure: flags.keepGoing ? 'continue' : 'stop',
    ...(flags.until === undefined ? {} : { until: flags.until }),
    onStep: (report) => {
      const { number, action } = report.step
      const what = action === undefined ? '' : actionText(action)
      context.progress(`${number}/${scenario.steps.length} ${what}`)
      const isShown = isTold || (!flags.json && report.failures.length > 0)
      if (isShown) context.print(renderStep(report, narration))
    },
  }
  const result = await runScenario(scenario, options)
  context.progress('')
  if (isTold) context.print(renderSummary(scenario, result, narration))
  return result
}

async function runAll(
  paths: readonly string[],
  flags: RunFlags,
  context: CliContext,
): Promise<void> {
  const scenarios: Scenario[] = []
  for (const path of await scenarioPaths(paths)) scenarios.push(await readScenarioFile(path))
  for (const scenario of scenarios) checkUntil(scenario, flags.until)
  const runs: { readonly scenario: Scenario; readonly result: ScenarioResult }[] = []
  for (const scenario of scenarios) {
    runs.push({ scenario, result: await runOne(scenario, flags, context) })
  }
  if (flags.json) context.print(runJson(runs))
  const failed = runs.filter(({ result }) => result.failures.length > 0)
  if (failed.length === 0) return
  const names = failed.map(({ scenario }) => scenario.name).join(', ')
  throw new CliError(`not as expected: ${names} (EXPECTATION_FAILED)`, { exitCode: EXIT.refused })
}

/** Runs scenarios on several kernels, and tells them side by side. */
async function runOnAll(
  paths: readonly string[],
  kernels: readonly string[],
  flags: RunFlags,
  context: CliContext,
): Promise<void> {
  // Without a flag the events are told, in which kernels differ most.
  const isBare = !(flags.events || flags.log || flags.changes)
  const wish: KernelsWish = {
    kernels,
    until: flags.until,
    changes: flags.changes === true,
    log: flags.log === true,
    events: isBare || flags.events === true,
  }
  const runs: { readonly scenario: Scenario; readonly run: RunOnKernels }[] = []
  for (const path of await scenarioPaths(paths)) {
    const scenario = await readScenarioFile(path)
    checkUntil(scenario, flags.until)
    const run = await runSideBySide(scenario, wish)
    runs.push({ scenario, run })
    if (!flags.json) await printSideBySide(scenario, run, wish, context)
  }
  if (flags.json) context.print(sideBySideJson(runs))
}

const HELP = `
The steps run on a machine in this process; no host is touched. A scenario ends at the first step that is not as
expected. With --json all of it is printed as one document. With --kernels nothing is expected: kernels that make the
same of a step are told together.

Exit codes: 0 everything was as expected, 1 something was not, 2 a flag or a file is wrong.

Examples:
  memhp run scenarios/01-test-procedure.yaml
  memhp run scenarios --quiet                          are all as they say?
  memhp run scenario.yaml --until 3 --log
`

/** `memhp run`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<scenario...>', 'scenario files (YAML), or folders of them')
    .option('--events', 'show the uevents of each step, and what the platform was told')
    .option('--log', 'show what each step wrote to the kernel log')
    .option('--changes', 'show what each step changed in /sys and /proc')
    .option('--check', 'check the invariants of the model after every step')
    .option('--until <step>', 'stop after this step; 0 boots the machine only', readStepNumber)
    .option('--keep-going', 'go on after a step that was not as expected')
    .option('--quiet', 'show failures only')
    .addOption(defectOption().conflicts('cured'))
    .option('--cured', 'run without the defects of the scenarios, and expect what they say of that')
    .addOption(
      new Option(
        '--kernels <name...>',
        'run on each of these kernels, all for every one, and tell side by side what each makes of it',
      ).conflicts(['cured', 'defect', 'check', 'keepGoing', 'quiet']),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], flags: RunFlags) => {
      if (flags.kernels === undefined) await runAll(paths, flags, context())
      else await runOnAll(paths, flags.kernels, flags, context())
    })
}

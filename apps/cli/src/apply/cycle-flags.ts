import { throwAll } from '@memhp/core/plugin'
import type { Plan } from '@memhp/planner'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkNewFile, NAME_ANOTHER } from '../file-problem'
import { pageStyle } from '../report/page-style'
import { wholeNumber } from '../source/whole-number'
import { runCycles } from './cycles'
import { refuseCycles, renderCycles } from './cycles-report'
import { type ChangeFlags, patienceOf } from './flags'
import { stepText } from './progress'
import type { Target } from './target'

/** Flags of a plan that is carried out and taken back again and again. */
export interface CycleFlags {
  readonly cycles?: number
  readonly keepGoing?: true
  readonly snapshot?: string
}

/** Adds the flags of `CycleFlags`. */
export const addCycleOptions = (command: Command): Command =>
  command
    .option(
      '--cycles <number>',
      'carry the plan out and take it back so often, and say how long each step took',
      wholeNumber('a number', 1),
    )
    .option('--keep-going', 'with --cycles: go on after a cycle that failed and was put back')
    .option('--snapshot <file>', 'with --cycles: keep the machine as it is at the first failure')

/**
 * @param isAlone whether a machine is changed, and nothing else is told or asked for
 * @throws CliError for flags that do not go with each other, and for a snapshot that would replace a file
 */
export async function checkCycles(
  { cycles, keepGoing, snapshot }: CycleFlags,
  { isAlone }: { readonly isAlone: boolean },
): Promise<void> {
  if (cycles === undefined && (keepGoing || snapshot !== undefined))
    throw new CliError('--keep-going and --snapshot go with --cycles')
  if (cycles !== undefined && !isAlone)
    throw new CliError(
      '--cycles goes with a plan that changes a machine (this host, --ssh and the like; --sysroot of a mount), without --before, --after, --post and --journal',
    )
  if (snapshot !== undefined) await checkNewFile(snapshot, { replace: false, remedy: NAME_ANOTHER })
}

/**
 * Carries a plan out and takes it back, again and again, and tells what the cycles came to, whatever ended them.
 * @throws CliError where a cycle fails, and for what nothing takes back; what ended the cycles
 */
export async function applyInCycles(
  target: Target,
  plan: Plan,
  {
    cycles,
    flags,
    arch,
    context,
  }: {
    readonly cycles: number
    readonly flags: CycleFlags & ChangeFlags
    /** Of the machine, as `uname -m` prints it there. */
    readonly arch: string | null
    readonly context: CliContext
  },
): Promise<void> {
  const lasting = plan.steps.find((step) => 'undo' in step && step.undo === null)
  if (lasting !== undefined)
    throw new CliError(`${stepText(lasting)}, and nothing brings it back for another cycle`, {
      remedy: '--qmp SOCKET, where QEMU plugs it again; or a plan that only takes blocks offline',
      exitCode: EXIT.refused,
    })
  const { report, thrown } = await runCycles(target, plan, {
    cycles,
    isPatient: flags.keepGoing === true,
    snapshot: flags.snapshot,
    arch,
    patience: patienceOf(flags),
    context,
  })
  if (report.done === 0 && report.failures.length === 0) throwAll(thrown)
  const machine = target.name
  if (flags.json)
    context.print(`${JSON.stringify({ version: 1, machine, plan, ...report }, null, 2)}\n`)
  else context.print(renderCycles(report, pageStyle(context.paint, context.columns)))
  throwAll(thrown)
  refuseCycles(report)
}

import { isHotplugError } from '@memhp/core'
import type { Progress } from '@memhp/planner'
import type { Rehearsal } from '@memhp/rehearsal'
import type { Command } from 'commander'
import { stepText } from '../apply/progress'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import type { ReportedHost } from '../report/host-section'
import { pageStyle } from '../report/page-style'
import { refusalJson, rehearsalJson } from '../report/rehearsal-json'
import { doubtText, renderRehearsal } from '../report/rehearsal-report'
import {
  chooseMachine,
  describeSource,
  MACHINE_ARGUMENT,
  type SourceChoice,
  sourceArguments,
} from '../source/choice'
import { GENERATION_HELP } from '../source/machine'
import { addStudyOptions, type StudyFlags, studyHost } from '../source/studied-host'
import { addGoalOptions, type GoalFlags, readGoal } from './rehearse-goal'

interface RehearseFlags extends GoalFlags, StudyFlags {
  readonly onKernel?: true
  readonly fetch?: true
  readonly json?: true
  readonly kernel?: string
}

function progressText(progress: Progress): string {
  if (progress.kind === 'undo' || progress.kind === 'undoing') return 'putting everything back …'
  const { index, total } = progress
  const step = progress.kind === 'step' ? progress.step : progress.entry.step
  const done = Math.round((20 * (index + (progress.kind === 'result' ? 1 : 0))) / total)
  return `[${'#'.repeat(done).padEnd(20, '.')}] ${index + 1}/${total} ${stepText(step)}`
}

/**
 * Goals that mean nothing on this machine: what to try instead, and with --json the refusal as a document. Whatever else
 * went wrong is thrown on.
 */
function refuseGoal(
  error: unknown,
  asked: { readonly host: ReportedHost; readonly context: CliContext; readonly json: boolean },
): never {
  if (!isHotplugError(error)) throw error
  const source = sourceArguments(asked.host.source)
  if (asked.json) asked.context.print(refusalJson(asked.host, error))
  if (error.code === 'DEVICE_EMPTY' || error.code === 'NO_SUCH_DEVICE') {
    throw new CliError(error.message, { remedy: `memhp show device${source}` })
  }
  if (error.code === 'NO_SUCH_BLOCK' || error.code === 'NO_SUCH_NODE') {
    throw new CliError(error.message, { remedy: `memhp list${source}` })
  }
  throw error
}

async function rehearseRemoval(
  choice: SourceChoice,
  flags: RehearseFlags,
  context: CliContext,
): Promise<void> {
  const goal = readGoal(flags)
  context.progress(`reading ${describeSource(choice)} …`)
  const { topology, takenAt, notes, build } = await studyHost(choice, flags, context)
  const { machine, assumptions } = await build()
  const host: ReportedHost = { source: choice, topology, takenAt, notes, assumptions }
  const { rehearse } = await import('@memhp/rehearsal')
  const options = {
    onProgress: (progress: Progress) => context.progress(progressText(progress)),
  }
  const rehearsal = await rehearse(machine, host.topology, goal, options).catch((error: unknown) =>
    refuseGoal(error, { host, context, json: flags.json === true }),
  )
  context.progress('')
  const style = pageStyle(context.paint, context.columns)
  context.print(
    flags.json ? rehearsalJson(host, rehearsal) : renderRehearsal(host, rehearsal, style),
  )
  refuse(rehearsal)
}

/** The exit code and the line on standard error of a rehearsal that did not come to its end, or contradicts its plan. */
function refuse(rehearsal: Rehearsal): void {
  const { outcome, diagnosis, balance } = rehearsal
  if (outcome === 'contradicted')
    throw new CliError(doubtText(rehearsal), { exitCode: EXIT.refused })
  if (outcome !== 'refused') {
    if (balance.balanced) return
    throw new CliError('the balance of the removal is wrong: this is a bug in memhp', {
      exitCode: EXIT.bug,
      remedy: 'report it, with the capture if you may share it',
    })
  }
  const message = diagnosis?.message ?? 'the machine does not show what the plan expects'
  throw new CliError(message, { exitCode: EXIT.refused })
}

const HELP = `
The removal is carried out on the twin of the host: a machine in this process. The host itself is only read. Of another host a
capture is enough (memhp capture -o FILE there, or memhp capture --script where no Node is). Of a scenario it is the machine
as the scenario leaves it, which may be of any architecture: memhp archs names them.

Examples:
  memhp rehearse --remove-size 1G                            on the twin of this host, as root to know page use
  memhp rehearse host.json.gz --remove PNP0C80:01            of a captured one
  memhp rehearse scenarios/25-ia64.yaml --remove-blocks 5
  memhp rehearse plan.json --on-kernel                       a kept plan, on a real kernel shaped like the host

Exit codes: 0 it can go, 1 the machine refused, or let go what the plan expects to stay (the report says why), 2 a flag or
the file is wrong.
`

/** `memhp rehearse`. */
export function configure(command: Command, context: () => CliContext): void {
  addStudyOptions(
    addGoalOptions(
      command
        .argument('[machine]', MACHINE_ARGUMENT)
        .option('--json', 'print JSON')
        .option('--kernel <name>', GENERATION_HELP)
        .option(
          '--on-kernel',
          'try a kept plan on a real kernel of the host’s generation, under QEMU',
        )
        .option('--fetch', 'with --on-kernel: fetch Debian’s kernel of that version'),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, flags: RehearseFlags) => {
      if (flags.onKernel) {
        const { rehearseOnKernel } = await import('../on-kernel/rehearse-on-kernel')
        await rehearseOnKernel(path, flags, context())
        return
      }
      if (flags.fetch) throw new CliError('--fetch goes with --on-kernel')
      await rehearseRemoval(chooseMachine(path, flags), flags, context())
    })
}

import { isHotplugError, type Machine } from '@memhp/core'
import type { Progress } from '@memhp/planner'
import type { Rehearsal } from '@memhp/rehearsal'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import type { ReportedHost } from '../report/host-section'
import { pageStyle } from '../report/page-style'
import { refusalJson, rehearsalJson } from '../report/rehearsal-json'
import { doubtText, renderRehearsal } from '../report/rehearsal-report'
import { GENERATION_HELP, type MachineWish, refuseGeneration } from '../source/machine'
import { loadPlugins } from '../source/plugins'
import { addGoalOptions, type GoalFlags, readGoal } from './rehearse-goal'

interface RehearseFlags extends GoalFlags {
  readonly json?: true
  readonly kernel?: string
}

/** A machine to rehearse on: the twin of a captured host, or that of a scenario. */
interface OpenedMachine {
  readonly machine: Machine
  readonly host: ReportedHost
}

async function openTwin(path: string, wish: MachineWish): Promise<OpenedMachine> {
  const { twinOf } = await import('@memhp/twin')
  const { readNamedCapture, readCaptured } = await import('../source/capture-source')
  const capture = await readNamedCapture(path)
  const topology = await readCaptured(capture)
  const options = { ...wish, host: topology }
  const { machine, assumptions } = await twinOf(capture, await loadPlugins(), options)
  const { takenAt, notes } = capture
  const source = { kind: 'capture', path } as const
  return { machine, host: { source, topology, takenAt, notes, assumptions } }
}

/** The release that a generation is, or begins at. */
const releaseOf = ({ generation: { kernels } }: Machine): string =>
  (kernels.is ?? kernels.from).join('.')

/** The machine of a scenario as the scenario leaves it. Of it all is known, what is in its blocks too. */
async function openScenarioMachine(path: string, wish: MachineWish): Promise<OpenedMachine> {
  refuseGeneration(path, wish)
  const { runScenarioFile } = await import('../source/scenario-source')
  const { contentsOf } = await import('../source/machine-contents')
  const { readTopology } = await import('@memhp/topology')
  const { machine } = await runScenarioFile(path)
  const topology = await readTopology(machine.tree, {
    arch: machine.arch.name,
    release: releaseOf(machine),
    pageBytes: machine.geometry.pageBytes,
    contents: (id) => contentsOf(machine, id),
  })
  const source = { kind: 'scenario', path } as const
  return {
    machine,
    host: { source, topology, takenAt: undefined, notes: undefined, assumptions: [] },
  }
}

function progressText(progress: Progress): string {
  if (progress.kind === 'undo') return 'putting everything back …'
  const { index, total } = progress
  const step = progress.kind === 'step' ? progress.step : progress.entry.step
  const what =
    step.kind === 'offline'
      ? `memory${step.block} goes offline`
      : `${step.name} is ${step.verb === 'eject' ? 'ejected' : 'removed'}`
  const done = Math.round((20 * (index + (progress.kind === 'result' ? 1 : 0))) / total)
  return `[${'#'.repeat(done).padEnd(20, '.')}] ${index + 1}/${total} ${what}`
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
  const { kind, path } = asked.host.source
  const source = kind === 'scenario' ? `--scenario ${path}` : path
  if (asked.json) asked.context.print(refusalJson(asked.host, error))
  if (error.code === 'DEVICE_EMPTY' || error.code === 'NO_SUCH_DEVICE') {
    throw new CliError(error.message, { remedy: `memhp show device ${source}` })
  }
  if (error.code === 'NO_SUCH_BLOCK' || error.code === 'NO_SUCH_NODE') {
    throw new CliError(error.message, { remedy: `memhp list ${source}` })
  }
  throw error
}

async function rehearseRemoval(
  path: string,
  flags: RehearseFlags,
  context: CliContext,
): Promise<void> {
  const goal = readGoal(flags)
  const { kernel } = flags
  context.progress(`reading ${path} …`)
  const open = /\.ya?ml$/i.test(path) ? openScenarioMachine : openTwin
  const { machine, host } = await open(path, kernel === undefined ? {} : { kernel })
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
The removal is carried out on the twin of the captured host (memhp capture -o FILE): a machine in this process. The host
itself is not touched. Nothing has to be installed there. Of a scenario it is the machine as the scenario leaves it, which
may be of any architecture: memhp archs names them.

Exit codes: 0 it can go, 1 the machine refused, or let go what the plan expects to stay (the report says why), 2 a flag or
the file is wrong.
`

/** `memhp rehearse`. */
export function configure(command: Command, context: () => CliContext): void {
  addGoalOptions(
    command
      .argument('<machine>', 'capture file, packed (.gz) or not, or scenario (.yaml)')
      .option('--json', 'print JSON')
      .option('--kernel <name>', GENERATION_HELP),
  )
    .addHelpText('after', HELP)
    .action(async (path: string, flags: RehearseFlags) => {
      await rehearseRemoval(path, flags, context())
    })
}

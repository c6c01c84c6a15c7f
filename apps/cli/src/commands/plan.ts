import { resolve } from 'node:path'
import { isHotplugError } from '@memhp/core'
import {
  checkPlanFile,
  estimateOf,
  mayGo,
  type Plan,
  type PlanFile,
  planFileOf,
  planRemoval,
  planResize,
  serialisePlanFile,
} from '@memhp/planner'
import type { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { addRemoteOptions, type RemoteFlags } from '../apply/open-target'
import { studyMachine } from '../apply/study-machine'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkNewFile, NAME_ANOTHER, writeFileOf } from '../file-problem'
import { jsonDocument } from '../output/json'
import { pageStyle } from '../report/page-style'
import { planVerdict, renderChanges, renderPlanned } from '../report/plan-report'
import { describeSource, sourceArguments } from '../source/choice'
import { readPlanFile } from '../source/plan-file'
import { addStudyOptions, type StudiedHost, type StudyFlags } from '../source/studied-host'
import { utcNow } from '../text/utc'
import { parseGoal, resizeOf } from './plan-goal'

interface PlanFlags extends StudyFlags, RemoteFlags {
  readonly remove?: readonly string[]
  readonly node?: string
  readonly zone?: string
  readonly output?: string
  readonly force?: true
  readonly check?: string
  readonly json?: true
}

const STANDARD_OUTPUT = '-'

/** Plans, and names what to look at where the goal means nothing on the machine; with --json the refusal is a document as well. */
function planFor(
  words: readonly string[],
  flags: PlanFlags,
  {
    host: { choice, topology },
    context,
  }: { readonly host: StudiedHost; readonly context: CliContext },
): Plan {
  try {
    const resize = resizeOf(words)
    if (resize !== undefined) return planResize(topology, resize)
    return planRemoval(topology, parseGoal(words, topology, flags))
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const source = sourceArguments(choice)
    const { code, errno, message, detail } = error
    if (flags.json && flags.output !== STANDARD_OUTPUT) {
      const refusal = { code, errno, message, detail }
      context.print(jsonDocument(choice, topology, { plan: null, mayGo: false, refusal }))
    }
    if (code === 'DEVICE_EMPTY' || code === 'NO_SUCH_DEVICE')
      throw new CliError(message, { remedy: `memhp show device${source}` })
    if (code === 'NO_SUCH_BLOCK' || code === 'NO_SUCH_NODE')
      throw new CliError(message, { remedy: `memhp list${source}` })
    if (code === 'IMPOSSIBLE_GOAL')
      throw new CliError(message, { exitCode: EXIT.refused, remedy: `memhp can${source}` })
    throw error
  }
}

/** When the state was read that a plan is for. */
const madeAt = ({ takenAt }: StudiedHost): string => takenAt ?? utcNow()

/** Keeps a plan that may succeed: one that leaves no room, or is expected to refuse, is only shown. */
async function keepPlan(path: string, file: PlanFile, isForced: boolean): Promise<void> {
  await writeFileOf(path, serialisePlanFile(file), { replace: isForced })
}

async function makePlan(
  words: readonly string[],
  flags: PlanFlags,
  context: CliContext,
): Promise<void> {
  const { output } = flags
  const isForced = flags.force === true
  const isFile = output !== undefined && output !== STANDARD_OUTPUT
  if (isFile) await checkNewFile(output, { replace: isForced })
  const read = [flags.capture, flags.scenario].flatMap((path) => (path === undefined ? [] : path))
  if (isFile && read.some((path) => resolve(path) === resolve(output)))
    throw new CliError(`${output} is what the plan is made of`, { remedy: NAME_ANOTHER })
  const host = await studyMachine(flags, context)
  const { choice, topology } = host
  const plan = planFor(words, flags, { host, context })
  const tool = `memhp ${manifest.version}`
  const file = planFileOf(plan, topology, { tool, madeAt: madeAt(host) })
  const isHopeful = mayGo(plan.prediction)
  if (output === STANDARD_OUTPUT) {
    if (isHopeful) context.print(serialisePlanFile(file))
  } else {
    const style = pageStyle(context.paint, context.columns)
    context.print(
      flags.json
        ? jsonDocument(choice, topology, { plan, estimate: estimateOf(plan), mayGo: isHopeful })
        : renderPlanned(plan, topology, style),
    )
  }
  if (!isHopeful) {
    const kept = output === undefined ? '' : ' No plan was written.'
    throw new CliError(`${planVerdict(plan)}${kept}`, { exitCode: EXIT.refused })
  }
  if (!isFile) return
  await keepPlan(output, file, isForced)
  context.warn(
    `Wrote ${output}: ${plan.steps.length} steps for ${describeSource(choice)} as it was read.`,
  )
}

async function checkPlan(path: string, flags: PlanFlags, context: CliContext): Promise<void> {
  const file = await readPlanFile(path)
  const { choice, topology } = await studyMachine(flags, context)
  const check = checkPlanFile(file, topology)
  const style = pageStyle(context.paint, context.columns)
  const { holds, changes } = check
  if (flags.json) context.print(jsonDocument(choice, topology, { plan: file.plan, holds, changes }))
  else
    context.print(holds ? renderPlanned(file.plan, topology, style) : renderChanges(check, style))
  if (holds) {
    context.warn(
      `${path} holds: ${describeSource(choice)} is as it was when it was made, ${file.madeAt}.`,
    )
    return
  }
  throw new CliError(
    `${path} is refused: ${describeSource(choice)} has moved on since ${file.madeAt}`,
    {
      exitCode: EXIT.refused,
      remedy: 'make it anew: memhp plan GOAL -o FILE --force',
    },
  )
}

const HELP = `
A goal is one of
  16G                          at least that much, whatever goes best; --node 1 and --zone movable say where from
  PNP0C80:01 PNP0C80:02        memory devices, by the kernel's or firmware's name
  0x80000004-0x80000007        LMBs of a POWER partition, by DRC index
  virtio0=512M                 another size of a virtio-mem device, smaller or larger, in steps where struct pages find no room
                               at once: memhp apply PLAN --qmp SOCKET asks QEMU, --firecracker SOCKET Firecracker
  dax0.0, virtio0              what a driver added (only the driver can remove it: it goes offline)
  node1                        all memory of a node
  memory32-39,memory41         blocks; 32-39,41 as well
  0x100000000-0x13fffffff      a range of addresses, in whole blocks, as lsmem prints it
  poisoned                     all online blocks that have pages with hardware errors; root alone can read which

Nothing is touched. The plan says per block whether it goes, why, and how sure that is; whether what has to move finds room above
the watermarks; what it costs; and what stands in the way. With -o it is kept in a file that is bound to the state of the machine:
--check says whether it still holds, and otherwise what has moved on. A plan that leaves no room, or that is expected to
refuse, is shown and never written.

Exit codes: 0 it may go, or the plan holds; 1 it is expected to refuse, finds no room or is impossible, or the machine has
moved on; 2 a flag, the goal or a file is wrong.

Examples:
  memhp plan 2G                                              on this host, as root to know page use
  memhp plan --remove 16G --node 1 --zone movable -o plan.json
  memhp plan PNP0C80:01 --capture host.json.gz
  memhp plan virtio0=2G --ssh root@guest --qmp vm1.sock -o plan.json
  memhp plan PNP0C80:01 --libvirt vm1 -o plan.json
  memhp plan --check plan.json
  memhp plan node2 --capture host.json.gz --json
`

/** `memhp plan`. */
export function configure(command: Command, context: () => CliContext): void {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [
    ...before,
    ...value.split(','),
  ]
  addRemoteOptions(
    addStudyOptions(
      command
        .argument(
          '[goal...]',
          'what is to go: a size, devices, blocks, a node, a range of addresses',
        )
        .option('--remove <goal>', 'the same; may be repeated', collect)
        .option('--node <node>', 'of this node alone')
        .option('--zone <zone>', 'of this zone alone')
        .option('-o, --output <file>', 'keep the plan in a file; - prints it')
        .option('--force', 'replace the file if it is there')
        .option('--check <file>', 'whether a kept plan still holds; instead of a goal')
        .option('--json', 'print JSON'),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], flags: PlanFlags) => {
      const goal = [...words, ...(flags.remove ?? [])]
      if (flags.check === undefined) {
        await makePlan(goal, flags, context())
        return
      }
      const isAsked = goal.length > 0 || flags.node !== undefined || flags.output !== undefined
      if (isAsked || flags.zone !== undefined)
        throw new CliError('--check takes no goal and no file to write: the plan has its goal')
      await checkPlan(flags.check, flags, context())
    })
}

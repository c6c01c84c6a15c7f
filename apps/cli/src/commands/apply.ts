import {
  checkPlanFile,
  type Execution,
  type PlanFile,
  plannedResize,
  type RecordedRun,
} from '@memhp/planner'
import type { ExplainedTopology } from '@memhp/topology'
import type { Command } from 'commander'
import { carryOn, carryOut, checkBoot, isSameStart, preparedFor } from '../apply/carry-out'
import { consent } from '../apply/consent'
import { addCycleOptions, applyInCycles, type CycleFlags, checkCycles } from '../apply/cycle-flags'
import { addChangeOptions, type ChangeFlags, patienceOf } from '../apply/flags'
import { addHookOptions, type HookFlags, isTold, tellAfter, tellBefore } from '../apply/hooks'
import {
  type FoundJournal,
  findJournal,
  machineOf,
  newJournal,
  readJournal,
} from '../apply/journals'
import { openModel } from '../apply/on-model'
import { addRemoteOptions, type RemoteFlags, specOf, withTarget } from '../apply/open-target'
import { stepText } from '../apply/progress'
import { applyJson, doneText, refuseEnd, type Told } from '../apply/report'
import type { Target } from '../apply/target'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { jsonDocument } from '../output/json'
import { pageStyle, plural } from '../report/page-style'
import { renderChanges, renderPlanned } from '../report/plan-report'
import { subjectOf } from '../report/words'
import { chooseSource } from '../source/choice'
import { readPlanFile } from '../source/plan-file'
import { addStudyOptions, type StudyFlags } from '../source/studied-host'
import { formatSize } from '../text/size'

interface ApplyFlags extends StudyFlags, ChangeFlags, CycleFlags, RemoteFlags, HookFlags {
  readonly dryRun?: true
  readonly resume?: string | true
  readonly journal?: string
}

/** A plan, and where it is kept. */
interface NamedPlan {
  readonly path: string
  readonly file: PlanFile
}

/** Of what a plan has to hold. */
interface PlannedMachine {
  readonly name: string
  readonly topology: ExplainedTopology
  /** Looks for the last run on it, where that was cut short. */
  readonly cutShort?: () => Promise<FoundJournal | undefined>
}

const MAKE_ANEW =
  'make it anew: memhp plan GOAL -o FILE --force; a plan of another machine needs the flags that name it (--capture, --sysroot, --ssh, …)'

/** Refuses a plan of another moment or another machine, with what is not as it was. @throws CliError */
async function checkHolds(
  { path, file }: NamedPlan,
  { name, topology, cutShort }: PlannedMachine,
  { flags, context }: { readonly flags: ApplyFlags; readonly context: CliContext },
): Promise<void> {
  const check = checkPlanFile(file, topology)
  if (check.holds) return
  const { changes } = check
  context.print(
    flags.json
      ? `${JSON.stringify({ version: 1, machine: name, outcome: 'moved-on', changes }, null, 2)}\n`
      : renderChanges(check, pageStyle(context.paint, context.columns)),
  )
  const last = await cutShort?.()
  throw new CliError(
    `${path} is refused: ${name} has moved on since ${file.madeAt}. Nothing was changed`,
    {
      exitCode: EXIT.refused,
      remedy:
        last === undefined
          ? MAKE_ANEW
          : `memhp apply --resume ${last.path}, which was cut short, or memhp undo ${last.path}`,
    },
  )
}

const whatText = ({ plan }: PlanFile, name: string): string => {
  const resize = plannedResize(plan)
  if (resize !== undefined) {
    const inSteps = plan.steps.length === 1 ? '' : `, in ${plan.steps.length} steps`
    return `${name} is to be changed: ${resize.name} from ${formatSize(resize.fromBytes)} to ${formatSize(resize.toBytes)}${inSteps}`
  }
  const gone = plan.pointOfNoReturn === null ? 'offline' : 'removed'
  const size = formatSize(plan.sizeBytes)
  return `${name} is to be changed: ${subjectOf(plan)} (${size}) ${gone}, ${plural(plan.steps.length, 'step')}`
}

/** Says what would be done. Nothing is written: neither to the machine nor a journal. */
function showSteps(
  { file }: NamedPlan,
  machine: { readonly name: string; readonly topology: ExplainedTopology },
  { flags, context }: { readonly flags: ApplyFlags; readonly context: CliContext },
): void {
  const { plan } = file
  if (flags.json) {
    context.print(
      jsonDocument(chooseSource(undefined, flags), machine.topology, { plan, dryRun: true }),
    )
    return
  }
  context.print(renderPlanned(plan, machine.topology, pageStyle(context.paint, context.columns)))
  const columns = String(plan.steps.length).length
  const steps = plan.steps.map((step, at) => {
    const number = String(at + 1).padStart(columns)
    return `  ${number}  ${stepText(step)}: “${step.text}” to ${step.path}\n`
  })
  context.print(
    `Dry run: ${machine.name} is left as it is. These would be written:\n${steps.join('')}`,
  )
}

/** Tells how a run ended. @throws CliError where it is not done */
function tellEnd(
  told: Told,
  execution: Execution,
  { flags, context }: { readonly flags: ApplyFlags; readonly context: CliContext },
): void {
  if (flags.json) context.print(applyJson(told, execution))
  refuseEnd(told, execution)
  if (!flags.json) context.print(doneText(told))
}

async function applyToModel(
  plan: NamedPlan,
  flags: ApplyFlags,
  context: CliContext,
): Promise<void> {
  const model = await openModel(chooseSource(undefined, flags), flags, context)
  await checkHolds(plan, model, { flags, context })
  if (flags.dryRun) {
    showSteps(plan, model, { flags, context })
    return
  }
  const execution = await model.carryOut(plan.file)
  const told: Told = { plan: plan.file.plan, machine: model.name, journal: null }
  tellEnd(told, execution, { flags, context })
}

async function applyTo(
  target: Target,
  named: NamedPlan,
  { flags, context }: { readonly flags: ApplyFlags; readonly context: CliContext },
): Promise<void> {
  const { plan } = named.file
  const { name } = target
  const both = { flags, context }
  const topology = await target.study()
  const cutShort = async (): Promise<FoundJournal | undefined> => lastCutShort(target, context)
  await checkHolds(named, { name, topology, cutShort }, both)
  if (flags.dryRun) {
    showSteps(named, { name, topology }, both)
    return
  }
  const prepared = await preparedFor(target, plan)
  await target.checkWritable(plan)
  const often =
    flags.cycles === undefined ? '' : `, and taken back, ${plural(flags.cycles, 'time')}`
  const wasAsked = await consent(`${whatText(named.file, name)}${often}`, flags, context)
  const told = isTold(flags)
  if (told) await tellBefore({ machine: name, plan: prepared }, flags, context)
  if (wasAsked || told) await checkHolds(named, { name, topology: await target.study() }, both)
  if (flags.cycles !== undefined) {
    await applyInCycles(target, prepared, {
      cycles: flags.cycles,
      flags,
      context,
      arch: topology.arch,
    })
    return
  }
  const journal = flags.journal ?? (await newJournal(context))
  const wish = { journal, patience: patienceOf(flags), context }
  const execution = await carryOut(target, prepared, wish)
  const { outcome } = execution
  if (told) await tellAfter({ machine: name, plan: prepared, outcome, journal }, flags, context)
  tellEnd({ plan: prepared, machine: name, journal }, execution, { flags, context })
}

/** A run that has not ended: cut short forward, or while it was undone. */
const isCutShort = ({ outcome }: RecordedRun): boolean => outcome === null

/** The last run on a machine, where that was cut short and can be gone on with. */
async function lastCutShort(
  target: Target,
  context: CliContext,
): Promise<FoundJournal | undefined> {
  const last = await findJournal(target.spec, () => true, context)
  if (last === undefined || !isCutShort(last.recorded)) return undefined
  return (await isSameStart(last.recorded, target)) ? last : undefined
}

/** The journal to go on with: the one that is named, or the last of the machine that was cut short. */
async function journalFor(flags: ApplyFlags, context: CliContext): Promise<FoundJournal> {
  if (typeof flags.resume === 'string') return readJournal(flags.resume)
  const spec = await specOf(flags)
  const found = await findJournal(spec, isCutShort, context)
  if (found !== undefined) return found
  throw new CliError('no run of this machine was cut short', {
    remedy: 'name its journal: memhp apply --resume JOURNAL',
    exitCode: EXIT.refused,
  })
}

async function resume(flags: ApplyFlags, context: CliContext): Promise<void> {
  const found = await journalFor(flags, context)
  const { path, recorded } = found
  const { plan } = recorded
  if (!isCutShort(recorded))
    throw new CliError(`${path}: this run has ended: ${recorded.outcome}`, {
      remedy: `memhp undo ${path}, to take it back`,
      exitCode: EXIT.refused,
    })
  const { spec, startedAt } = machineOf(found)
  await withTarget(spec, { wish: flags, context }, async (target) => {
    await checkBoot(recorded, target)
    const left = plan.steps.slice(recorded.journal.length)
    if (recorded.rollback === null) await target.checkWritable({ steps: left })
    const what =
      recorded.rollback === null
        ? `${left.length} of ${plural(plan.steps.length, 'step')} are left`
        : 'it is gone on with putting everything back'
    await consent(
      `${target.name} is to be changed: of the run of ${startedAt} ${what}`,
      flags,
      context,
    )
    const wish = { journal: path, patience: patienceOf(flags), context }
    await preparedFor(target, plan)
    const execution = await carryOn(target, recorded, wish)
    const told: Told = { plan, machine: target.name, journal: path }
    tellEnd(told, execution, { flags, context })
  })
}

async function apply(
  path: string | undefined,
  flags: ApplyFlags,
  context: CliContext,
): Promise<void> {
  const isModel = flags.capture !== undefined || flags.scenario !== undefined
  if (isTold(flags) && (flags.resume !== undefined || isModel))
    throw new CliError('--before, --after and --post go with a plan that changes a machine')
  if (flags.resume !== undefined) {
    if (path !== undefined || flags.dryRun)
      throw new CliError('--resume goes on with a plan that was begun: its journal has it', {
        remedy: 'memhp apply --resume, or memhp apply PLAN',
      })
    await resume(flags, context)
    return
  }
  if (path === undefined)
    throw new CliError('no plan is named', {
      remedy: 'memhp plan GOAL -o FILE, then memhp apply FILE',
    })
  await checkCycles(flags, { isAlone: !isModel && !isTold(flags) && flags.journal === undefined })
  const plan: NamedPlan = { path, file: await readPlanFile(path) }
  if (isModel) {
    await applyToModel(plan, flags, context)
    return
  }
  await withTarget(await specOf(flags), { wish: flags, context }, async (target) =>
    applyTo(target, plan, { flags, context }),
  )
}

const HELP = `
The plan is refused, with what has changed, where the machine is not as it was. Each step is written into a journal, which is
on the disk before the step is done; after each, state, online, valid_zones, iomem and MemTotal have to agree. Where a step
is refused, at Ctrl-C, or where the terminal hangs up, everything is put back, each block to the zone that it was in; where
what memhp says is read no more (| head), the plan is carried out all the same. A kernel is waited for as long as it
makes progress: --patience says how long it may make none, and what it then waits for is told. Where memhp itself is
killed, --resume goes on and memhp undo takes back.

--before is run when the change is allowed and nothing is done yet: for who has to know before memory goes. Where it fails, or
--post has not answered with a status of 200 to 299, nothing is done; afterwards the machine has to be as the plan says. Both get
{"version":1,"when":"before","machine":…,"plan":…}, and in the end "when":"after" with "outcome" and "journal".

With --cycles a machine is soaked: the plan is carried out and taken back, each time with a journal, until a cycle fails or Ctrl-C
ends it. In the end how often each step was done and failed, and how long it took. --snapshot keeps a capture of the machine
as it was when a step failed first, with the end of the kernel’s log, before anything is put back.

This host is changed by root only. With --capture or --scenario the plan is carried out on a model, which ends with memhp.
Journals and locks are in /var/lib/memhp, for other users in ~/.local/state/memhp; MEMHP_STATE_DIR names another place.
Where MEMHP_SPARE_HOST is set, this host is never written to.

This host, and one that ssh reaches, has its lock in /run/memhp.lock: whoever reaches it from elsewhere is told who changes it. It
ends with the connection; one that was left behind is taken over, which is told.

Exit codes: 0 done; 1 refused, put back or not begun; 2 a flag or a file is wrong; 3 the machine was lost; 74 the journal could
not be kept, and everything was put back; 130 interrupted and put back.

Examples:
  memhp plan 2G -o plan.json && memhp apply plan.json        on this host, as root; asks before it begins
  memhp apply plan.json --dry-run                            what would be written
  memhp apply plan.json --capture host.json.gz               on the twin of a captured host
  memhp apply plan.json --sysroot /tmp/m --yes               on a machine that memhp mount serves
  memhp apply plan.json --ssh root@host                      on a host that ssh reaches
  memhp apply plan.json --ssh root@guest --qmp vm1.sock      on a guest: QEMU unplugs, and undo plugs again
  memhp apply plan.json --ssh root@microvm --firecracker api.sock    … of Firecracker, which plugs memory and takes it back
  memhp apply plan.json --agent vm1-agent.sock --qmp vm1.sock    … whose inside QEMU’s agent reaches
  memhp apply plan.json --libvirt vm1 --connect qemu:///system    … of libvirt, by name
  memhp apply plan.json --before 'drain-node' --post http://127.0.0.1:8080/memory    others know before, and can refuse
  memhp apply plan.json --cycles 200 --snapshot failed.json.gz    again and again, until it fails
  memhp apply --resume                                       go on where memhp was killed
`

/** `memhp apply`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('[plan]', 'a file that memhp plan -o wrote')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option(
      '--resume [journal]',
      'go on with a run that was cut short; default: the last of the machine',
    )
    .option(
      '--journal <file>',
      'where to keep the journal; default: a new file of the state folder',
    )
  addRemoteOptions(addStudyOptions(addHookOptions(addCycleOptions(addChangeOptions(command)))))
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, flags: ApplyFlags) => {
      const outside = context()
      await outside.outliveReaders(async () => apply(path, flags, outside))
    })
}

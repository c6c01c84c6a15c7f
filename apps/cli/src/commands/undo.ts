import { entriesToUndo, lostTexts, type PlanStep, type RecordedRun } from '@memhp/planner'
import type { Command } from 'commander'
import { checkBoot, preparedFor, takeBack } from '../apply/carry-out'
import { consent } from '../apply/consent'
import { addChangeOptions, type ChangeFlags, patienceOf } from '../apply/flags'
import { type FoundJournal, findJournal, machineOf, readJournal } from '../apply/journals'
import { addRemoteOptions, type RemoteFlags, specOf, withTarget } from '../apply/open-target'
import { stepText, undoText } from '../apply/progress'
import { leftText, undoJson } from '../apply/report'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { plural } from '../report/page-style'
import { subjectOf } from '../report/words'

interface UndoFlags extends ChangeFlags, RemoteFlags {
  readonly sysroot?: string
  readonly dryRun?: true
}

/** Whether something of a run is left that can be undone. */
const isUndoable = (recorded: RecordedRun): boolean =>
  (recorded.outcome === null && recorded.pending !== null) || entriesToUndo(recorded).length > 0

async function journalFor(
  path: string | undefined,
  flags: UndoFlags,
  context: CliContext,
): Promise<FoundJournal> {
  if (path !== undefined) return readJournal(path)
  const spec = await specOf(flags)
  const found = await findJournal(spec, isUndoable, context)
  if (found !== undefined) return found
  const last = await findJournal(spec, () => true, context)
  const lost = last === undefined ? '' : lostTexts(last.recorded).join(' ')
  const nothing = 'nothing that memhp apply did to this machine is left to be taken back'
  throw new CliError(lost === '' ? nothing : `${nothing}: ${lost}`, {
    remedy: 'name a journal: memhp undo JOURNAL',
    exitCode: EXIT.refused,
  })
}

/** A step whose outcome the journal does not tell: memhp was killed in the midst of it. */
const pendingOf = ({ outcome, pending }: RecordedRun): PlanStep | null =>
  outcome === null ? (pending?.step ?? null) : null

/** What would take a run back, in its order. Nothing is looked at. */
function showWrites({ path, recorded }: FoundJournal, flags: UndoFlags, context: CliContext): void {
  const { plan, about } = recorded
  const writes = entriesToUndo(recorded).flatMap(({ undo: write }) =>
    write === null ? [] : [write],
  )
  const pending = pendingOf(recorded)
  const leftovers = lostTexts(recorded)
  if (flags.json) {
    const run = { machine: about?.machine ?? null, journal: path, plan }
    const document = { version: 1, dryRun: true, ...run, pending, writes, leftovers }
    context.print(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  if (pending !== null)
    context.print(`  ${stepText(pending)}: it had begun, and is taken back where it was done\n`)
  for (const write of writes) context.print(`  ${undoText(write)}\n`)
  if (leftovers.length > 0) context.print(`  ${leftovers.join(' ')}\n`)
}

async function undo(
  named: string | undefined,
  flags: UndoFlags,
  context: CliContext,
): Promise<void> {
  const found = await journalFor(named, flags, context)
  const { path, recorded } = found
  const { plan } = recorded
  const { spec, startedAt } = machineOf(found)
  if (flags.dryRun && (flags.json || isUndoable(recorded))) {
    showWrites(found, flags, context)
    return
  }
  if (!isUndoable(recorded)) {
    const lost = lostTexts(recorded).join(' ')
    if (lost !== '') throw new CliError(lost, { exitCode: EXIT.refused })
    if (flags.json) {
      const told = { plan, machine: recorded.about?.machine ?? path, journal: path }
      context.print(undoJson(told, { undone: [], leftovers: [] }))
    } else context.print(`${path}: nothing is left to be taken back.\n`)
    return
  }
  await withTarget(spec, { wish: { pages: false }, context }, async (target) => {
    await checkBoot(recorded, target)
    const steps = entriesToUndo(recorded).length
    await consent(
      `${target.name} is to be changed: ${plural(steps, 'step')} of ${subjectOf(plan)}, done at ${startedAt}, are taken back`,
      flags,
      context,
    )
    const wish = { journal: path, patience: patienceOf(flags), context }
    await preparedFor(target, plan)
    const undoing = await takeBack(target, recorded, wish)
    const told = { plan, machine: target.name, journal: path }
    if (flags.json) context.print(undoJson(told, undoing))
    const text = leftText(undoing.leftovers)
    if (undoing.leftovers.length > 0) throw new CliError(text, { exitCode: EXIT.refused })
    if (!flags.json)
      context.print(
        `${subjectOf(plan)} of ${target.name}: ${plural(undoing.undone.length, 'step')} taken back. ${text}\n`,
      )
  })
}

const HELP = `
Every block comes back to the zone that it was in. What an ejection or a removal took away is asked back where firmware can be
asked; what cannot be undone is told. A run that was cut short is taken back as well. The journal is the one that memhp
apply named; without it, the last of the machine of which something is left to be taken back.

Exit codes: 0 everything is as it was; 1 not everything could be put back; 2 a flag or a file is wrong.

Examples:
  memhp undo                          the last run on this host
  memhp undo JOURNAL --yes
  memhp undo --sysroot /tmp/m         the last run on a machine that memhp mount serves
  memhp undo --libvirt vm1            the last run on a guest of libvirt
  memhp undo --dry-run                what would be written
`

/** `memhp undo`. */
export function configure(command: Command, context: () => CliContext): void {
  addRemoteOptions(
    addChangeOptions(
      command
        .argument('[journal]', 'a journal of memhp apply')
        .option('--dry-run', 'say what would be written, and write nothing')
        .option(
          '--sysroot <dir>',
          'the last run on the machine in this folder; default: on this host',
        ),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, flags: UndoFlags) => {
      const outside = context()
      await outside.outliveReaders(async () => undo(path, flags, outside))
    })
}

import {
  type Execution,
  type ExecutionOutcome,
  failedEntry,
  type Plan,
  plannedResize,
  type Undoing,
} from '@memhp/planner'
import { CliError, EXIT, errorText } from '../errors'
import { subjectOf } from '../report/words'
import { formatSize } from '../text/size'
import { entryText } from './progress'

/** A run that is over, as it is told. */
export interface Told {
  readonly plan: Plan
  /** As messages name the machine. */
  readonly machine: string
  /** Null where none was kept. */
  readonly journal: string | null
}

/** The document of `--json`. */
export const applyJson = (
  { plan, machine, journal }: Told,
  { outcome, journal: steps, undone, leftovers, inconsistencies }: Execution,
): string =>
  `${JSON.stringify({ version: 1, machine, outcome, journal, plan, steps, undone, leftovers, inconsistencies }, null, 2)}\n`

/** The document of `--json` of an undo. */
export const undoJson = (
  { plan, machine, journal }: Told,
  { undone, leftovers }: Undoing,
): string =>
  `${JSON.stringify({ version: 1, machine, journal, plan, undone, leftovers }, null, 2)}\n`

const WHY: Readonly<Record<Exclude<ExecutionOutcome, 'done'>, string>> = {
  refused: 'the kernel refused',
  inconsistent: 'the machine does not show what it accepted',
  interrupted: 'interrupted',
  unrecorded: 'the journal could not be kept',
}

const CODES: Readonly<Record<Exclude<ExecutionOutcome, 'done'>, number>> = {
  refused: EXIT.refused,
  inconsistent: EXIT.refused,
  interrupted: EXIT.interrupted,
  unrecorded: EXIT.output,
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** What a run that was undone left: nothing, or what stayed as it is. */
export const leftText = (leftovers: readonly string[]): string =>
  leftovers.length === 0
    ? 'Everything is as it was.'
    : `Not everything could be put back: ${leftovers.map(sentence).join(' ')}`

const removedText = (plan: Plan): string => {
  const { goal, blocks, blockBytes, devices, steps } = plan
  if (goal.kind === 'policy') return 'carried out'
  const resize = plannedResize(plan)
  if (resize !== undefined)
    return `it has ${formatSize(resize.toBytes)}, and had ${formatSize(resize.fromBytes)}`
  const size = formatSize(blocks.length * blockBytes)
  const what = devices.length > 0 ? 'removed' : 'offline'
  return `${size} ${what} in ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`
}

/** Whether a write brings back anything of a plan that is done. */
const canBeUndone = ({ steps, expected }: Plan): boolean =>
  expected.offlineBlocks.length > 0 || steps.some((step) => 'undo' in step && step.undo !== null)

/** What is printed of a run that is done. */
export function doneText({ plan, machine, journal }: Told): string {
  const what = `${subjectOf(plan)} of ${machine}: ${removedText(plan)}.\n`
  if (journal === null) return what
  return `${what}${canBeUndone(plan) ? `memhp undo ${journal}    takes it back\n` : `Journal: ${journal}\n`}`
}

function whyText({ outcome, journal, unrecorded }: Execution): string {
  const failed = failedEntry({ journal })
  if (outcome === 'unrecorded') return `${WHY.unrecorded} (${errorText(unrecorded)})`
  if (outcome === 'done') return ''
  if (failed === undefined || outcome === 'interrupted') return WHY[outcome]
  return entryText(failed)
}

/** Says how a run ended that is not done. @throws CliError always, unless it is done */
export function refuseEnd({ journal }: Told, execution: Execution): void {
  const { outcome, leftovers, inconsistencies } = execution
  if (outcome === 'done') return
  // Of a plan whose steps all went nothing was put back: what contradicts it is told.
  const isWhole = inconsistencies.length > 0
  const what = isWhole
    ? `all steps are done, and the machine contradicts them: ${inconsistencies.map(({ kind, message }) => `${kind}: ${message}`).join(' ')}`
    : `${sentence(whyText(execution))} ${leftText(leftovers)}`
  const told = journal === null ? '' : ` Journal: ${journal}`
  throw new CliError(`${what}${told}`, {
    exitCode: CODES[outcome],
    ...(isWhole && journal !== null ? { remedy: `memhp undo ${journal}` } : {}),
  })
}

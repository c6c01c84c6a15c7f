import {
  actionText,
  formatFailure,
  type Scenario,
  type ScenarioResult,
  type StepReport,
  type Story,
  storyOf,
} from '@memhp/scenario'
import type { Paint } from '../context'

/** What is told of a run. */
export interface Narration {
  readonly paint: Paint
  readonly events: boolean
  readonly log: boolean
}

const INDENT = ' '.repeat(6)

const indented = (text: string, indent = INDENT): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}\n`)
    .join('')

/** The title of a scenario, and what it is about. */
export function renderHead({ title, name, description }: Scenario, { paint }: Narration): string {
  const about = description === '' ? '' : paint.dim(indented(description, ''))
  return `${paint.bold(title)} ${paint.dim(`(${name})`)}\n${about}\n`
}

/** Lines of what happened, as far as it is told; of changes those that were recorded. */
export function happeningLines(
  { uevents, log, platform, changes }: Story,
  told: Pick<Narration, 'events' | 'log'>,
): readonly string[] {
  return [
    ...(told.events ? uevents.map((text) => `uevent    ${text}`) : []),
    ...(told.log ? log.map((text) => `log       ${text}`) : []),
    ...(told.events ? platform.map((text) => `platform  ${text}`) : []),
    ...changes.map((text) => `changed   ${text}`),
  ]
}

/** What became of a step, in a word or two. */
function verdict({ outcome, failures }: StepReport, paint: Paint): string {
  if (failures.length > 0) return paint.red('not as expected')
  return outcome.kind === 'done' ? paint.green('ok') : paint.green(`${outcome.errno}, as expected`)
}

/** A step that has run, with what was asked for besides. */
export function renderStep(report: StepReport, narration: Narration): string {
  const { paint } = narration
  const { number, note, action } = report.step
  const what = action === undefined ? 'look' : actionText(action)
  const head = `${`${number}`.padStart(4)}  ${what}: ${verdict(report, paint)}\n`
  const lines = [
    ...(note === undefined ? [] : [note]),
    ...happeningLines(storyOf(report), narration).map((line) => paint.dim(line)),
    ...report.failures.map((failure) => paint.red(formatFailure(failure))),
  ]
  return head + lines.map((line) => indented(line)).join('')
}

/** The last line of a run. */
export function renderSummary(
  { steps }: Scenario,
  result: ScenarioResult,
  { paint }: Narration,
): string {
  const ran = result.steps.length
  const count = ran === steps.length ? `${ran} steps` : `${ran} of ${steps.length} steps`
  const failed = result.steps.filter(({ failures }) => failures.length > 0).length
  const end = failed === 0 ? paint.green('all as expected') : paint.red(`${failed} not as expected`)
  return `\n${count}, ${end}.\n\n`
}

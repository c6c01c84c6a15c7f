import { CliError, EXIT } from '../errors'
import { type PageStyle, plural, section, sectionTable } from '../report/page-style'
import type { CyclesReport, FailedCycle, StepStatistics } from './cycles'
import { leftText } from './report'

/** Most steps that are listed one by one: those that failed first, then those that took longest. */
const MOST_ROWS = 24

const tookText = (ms: number | null): string =>
  ms === null ? '-' : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

const byInterest = (a: StepStatistics, b: StepStatistics): number =>
  b.failed - a.failed || (b.longestMs ?? 0) - (a.longestMs ?? 0)

function stepRows(steps: readonly StepStatistics[]): readonly (readonly string[])[] {
  const shown = new Set(steps.toSorted(byInterest).slice(0, MOST_ROWS))
  return steps
    .filter((each) => shown.has(each))
    .map(({ step, done, failed, medianMs, longestMs }) => [
      step,
      `${done}`,
      `${failed}`,
      tookText(medianMs),
      tookText(longestMs),
    ])
}

const failureText = ({ cycle, why, leftovers }: FailedCycle): string =>
  `cycle ${cycle}: ${why} ${leftText(leftovers)}`

/** All cycles, as a page. */
export function renderCycles(
  { wanted, done, steps, failures, snapshot }: CyclesReport,
  style: PageStyle,
): string {
  const right = { align: 'right' } as const
  const columns = [
    { heading: 'STEP', wraps: true as const },
    { heading: 'DONE', ...right },
    { heading: 'FAILED', ...right },
    { heading: 'MEDIAN', ...right },
    { heading: 'LONGEST', ...right },
  ]
  const rows = stepRows(steps)
  const others = steps.length - rows.length
  const more =
    others === 0 ? '' : `  and ${plural(others, 'step')} that did not fail, and took less\n`
  const failed = failures.map((failure) => `  ${failureText(failure)}\n`).join('')
  const kept = snapshot === null ? '' : `  ${snapshot} has the machine as it was then\n`
  return [
    section(
      `${done} of ${plural(wanted, 'cycle')} carried out and taken back`,
      `${sectionTable(columns, rows, style)}${more}`,
      style,
    ),
    failures.length === 0 ? '' : section('What failed', `${failed}${kept}`, style),
  ].join('')
}

/** Says how cycles ended that were not all done. @throws CliError always, unless they were */
export function refuseCycles({ wanted, done, failures }: CyclesReport): void {
  if (done === wanted) return
  const last = failures.at(-1)
  const isFailed = last !== undefined && last.outcome !== 'interrupted'
  const left = last?.leftovers ?? []
  throw new CliError(`${done} of ${plural(wanted, 'cycle')} done. ${leftText(left)}`, {
    exitCode: isFailed ? EXIT.refused : EXIT.interrupted,
    ...(left.length > 0 && last !== undefined ? { remedy: `memhp undo ${last.journal}` } : {}),
  })
}

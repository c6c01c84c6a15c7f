import type { Rehearsal } from '@memhp/rehearsal'
import { formatSize } from '../text/size'
import { renderBalance } from './balance-section'
import { renderFreed } from './freed-section'
import { type ReportedHost, renderHost } from './host-section'
import { bullet, joined, type PageStyle, section } from './page-style'
import { renderPlan } from './plan-section'
import { renderRefusal } from './refusal-section'
import { renderRun } from './run-section'
import { subjectOf } from './words'

/** The result in one sentence. */
function verdict({ outcome, plan, execution, balance }: Rehearsal): string {
  const subject = subjectOf(plan)
  if (outcome === 'refused') {
    const what = plan.devices.length > 0 ? 'cannot be removed' : 'cannot go offline'
    return execution.outcome === 'interrupted'
      ? `Interrupted: ${subject} stays.`
      : `${subject} ${what} as the host was captured.`
  }
  const size = formatSize(plan.sizeBytes)
  const nodes = plan.expected.goneNodes.map((id) => `node ${id}`)
  const withNode = nodes.length === 0 ? '' : `, and ${joined(nodes)} with it`
  const gone =
    outcome === 'removed'
      ? `${subject} can be removed: ${size}${withNode}.`
      : `${subject} can go offline: ${size}.`
  return balance.balanced ? gone : `${gone} The balance is wrong: this is a bug in memhp.`
}

function renderAssumptions({ assumptions }: ReportedHost, style: PageStyle): string {
  const body = assumptions.map((sentence) => bullet(undefined, sentence, style))
  return section('What the twin takes for true', body.join(''), style)
}

/** A rehearsal as a person reads it, from the host to the result. */
export function renderRehearsal(
  host: ReportedHost,
  rehearsal: Rehearsal,
  style: PageStyle,
): string {
  const { plan, outcome } = rehearsal
  const going = new Set<number>(plan.blocks.map(({ id }) => id))
  const colour = outcome === 'refused' ? style.paint.red : style.paint.green
  return [
    renderHost(host, going, style),
    renderPlan(plan, host.topology, style),
    renderRun(rehearsal, style),
    renderFreed(rehearsal, style),
    renderRefusal(rehearsal, style),
    renderBalance(rehearsal, style),
    renderAssumptions(host, style),
    `${style.paint.bold(colour(verdict(rehearsal)))}\n`,
  ].join('')
}

import { formatNumberList } from '@memhp/kernel-files'
import type { Rehearsal } from '@memhp/rehearsal'
import { wrapText } from '../output/wrap'
import { formatSize } from '../text/size'
import { renderBalance } from './balance-section'
import { renderFreed } from './freed-section'
import { type ReportedHost, renderHost } from './host-section'
import { bullet, joined, type PageStyle, section } from './page-style'
import { renderPlan } from './plan-section'
import { renderRefusal } from './refusal-section'
import { renderRun } from './run-section'
import { subjectOf } from './words'

const listedBlocks = (blocks: readonly number[]): string => `memory${formatNumberList(blocks)}`

/** Why the result holds less than it seems to, as a sentence; empty where there is nothing to add. */
export function doubtText({ doubt }: Rehearsal): string {
  switch (doubt?.kind) {
    case undefined:
      return ''
    case 'plan-contradicted':
      return `The plan expects ${listedBlocks(doubt.blocks)} to refuse, by what the host’s own files say; the twin let ${doubt.blocks.length === 1 ? 'it' : 'them'} go, so it lacks what stands in the way.`
    case 'guess-contradicted':
      return `The plan guesses that ${listedBlocks(doubt.blocks)} ${doubt.blocks.length === 1 ? 'refuses' : 'refuse'}, and the twin let ${doubt.blocks.length === 1 ? 'it' : 'them'} go: what decides was not captured.`
    case 'assumed-page':
      return `The page in the way is assumed, not captured: the host may answer otherwise. A capture taken as root tells.`
  }
}

/** The result in a sentence, and what speaks against it. */
function verdict(host: ReportedHost, rehearsal: Rehearsal): string {
  return [resultText(host, rehearsal), doubtText(rehearsal)].filter(Boolean).join(' ')
}

/** When something cannot go: in the state that the rehearsal began with. */
const ASKED = {
  host: 'as this host was when it was read',
  folder: 'as the folder has the host',
  capture: 'as the host was captured',
  scenario: 'as the scenario leaves the machine',
} as const

/** What cannot go: the blocks that refuse, and the devices and the node that stay with them. */
function refusedText(host: ReportedHost, { plan, diagnosis }: Rehearsal): string {
  const tried = [diagnosis?.block ?? [], diagnosis?.others.map(({ block }) => block) ?? []].flat()
  const certain = plan.blocks
    .filter(
      ({ prediction: { outcome, confidence } }) =>
        outcome === 'refuses' && confidence === 'certain',
    )
    .map(({ id }) => id)
  const refusing = [...new Set<number>([...tried, ...certain])].sort((a, b) => a - b)
  const what = refusing.length === 0 ? subjectOf(plan) : listedBlocks(refusing)
  const node = plan.goal.kind === 'node' ? `, so node ${plan.goal.node} stays` : ''
  if (plan.devices.length === 0)
    return `${what} cannot go offline ${ASKED[host.source.kind]}${node}.`
  const because = refusing.length === 0 ? '' : `: ${what} cannot go offline`
  return `${subjectOf(plan)} cannot be removed ${ASKED[host.source.kind]}${because}${node}.`
}

function resultText(host: ReportedHost, rehearsal: Rehearsal): string {
  const { outcome, plan, execution, balance } = rehearsal
  const subject = subjectOf(plan)
  if (outcome === 'contradicted') return `Whether ${subject} can go is not known.`
  if (outcome === 'refused')
    return execution.outcome === 'interrupted'
      ? `Interrupted: ${subject} stays.`
      : refusedText(host, rehearsal)
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
  // On a terminal it keeps to the width; elsewhere it is one line, for who takes the last line.
  const { tableWidth = Number.POSITIVE_INFINITY } = style
  const result = wrapText(verdict(host, rehearsal), tableWidth).join('\n')
  const isBad = outcome === 'refused' || outcome === 'contradicted'
  const colour = isBad ? style.paint.red : style.paint.green
  return [
    renderHost(host, going, style),
    renderPlan(plan, host.topology, style),
    renderRun(rehearsal, style),
    renderFreed(rehearsal, style),
    renderRefusal(rehearsal, style),
    renderBalance(rehearsal, style),
    renderAssumptions(host, style),
    `${style.paint.bold(colour(result))}\n`,
  ].join('')
}

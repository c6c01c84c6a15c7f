import {
  ASSUMED_RATE,
  estimateOf,
  mayGo,
  type Plan,
  type PlanCheck,
  plannedResize,
  REASONS,
  type Reason,
  type ReasonKind,
  type ResizeStep,
} from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import { formatSize } from '../text/size'
import { bullet, labelled, type PageStyle, plural, section, sectionTable } from './page-style'
import { renderPlan } from './plan-section'
import { isOneSubject, subjectOf } from './words'

const SECONDS_A_MINUTE = 60

/** A time in words: `about 3 minutes`. */
export function timeText(seconds: number): string {
  if (seconds < 1) return 'less than a second'
  if (seconds < 2 * SECONDS_A_MINUTE) return `about ${plural(Math.round(seconds), 'second')}`
  return `about ${plural(Math.round(seconds / SECONDS_A_MINUTE), 'minute')}`
}

function costText(plan: Plan): string {
  const { pages, bytes, seconds, unknownBlocks, uevents } = estimateOf(plan)
  const unknown =
    unknownBlocks === 0 ? '' : `, and what ${plural(unknownBlocks, 'block')} hold is not known`
  const events = uevents === 0 ? '' : `; ${plural(uevents, 'uevent')}`
  const rate = formatSize(ASSUMED_RATE.bytesPerSecond)
  return `${plural(pages, 'page')} to move (${formatSize(bytes)})${unknown}; ${timeText(seconds)}, if ${rate} move in a second${events}`
}

/** Reasons of blocks that are not expected to go, each kind once, the first of it with its sentence. */
function obstacles({ blocks, goal, prediction: whole }: Plan): ReadonlyMap<ReasonKind, Reason> {
  const found = new Map<ReasonKind, Reason>()
  // Of a device that is to have another size, what is expected of the whole is more than what is of its blocks.
  const [first] = goal.kind === 'resize' ? whole.reasons : []
  if (first !== undefined) found.set(first.kind, first)
  for (const { prediction } of blocks) {
    const { outcome, reasons } = prediction
    const [reason] = reasons
    if (reason === undefined || outcome === 'already-offline') continue
    if (!found.has(reason.kind)) found.set(reason.kind, reason)
  }
  return found
}

function renderObstacles(plan: Plan, style: PageStyle): string {
  const body = [...obstacles(plan)].map(([kind, { message }]) =>
    [
      bullet(undefined, `${REASONS[kind].title}: ${message}`, style),
      ...REASONS[kind].remedies.map((text, at) => labelled(at === 0 ? '  try' : '', text, style)),
    ].join(''),
  )
  return section('What stands in the way, or may', body.join(''), style)
}

function resizeVerdict({ prediction, sizeBytes }: Plan, step: ResizeStep): string {
  const { outcome, confidence } = prediction
  const size = formatSize(sizeBytes)
  const what =
    step.toBytes < step.fromBytes
      ? `${step.name} to give ${size} back`
      : `${step.name} to grow by ${size}`
  if (outcome === 'stalls') return `${what}: too little room for what has to move.`
  if (outcome === 'refuses') return `${what}: not all of it is expected.`
  return confidence === 'uncertain'
    ? `${what}: what decides is not known.`
    : `${what}: expected to go.`
}

/** What is to be expected of a plan, in a sentence. */
export function planVerdict(plan: Plan): string {
  const { outcome, confidence } = plan.prediction
  const resize = plannedResize(plan)
  if (resize !== undefined) return resizeVerdict(plan, resize)
  const what = `${subjectOf(plan)} (${formatSize(plan.sizeBytes)})`
  const [is, has] = isOneSubject(plan) ? ['is', 'has'] : ['are', 'have']
  if (outcome === 'stalls')
    return `${what} ${has} too little room to move to: the kernel would try for ever.`
  if (outcome === 'already-offline') return `${what} ${is} offline already.`
  if (outcome === 'refuses')
    return confidence === 'uncertain'
      ? `${what} may refuse: what decides is not known.`
      : `${what} ${is} expected to refuse.`
  return confidence === 'uncertain'
    ? `${what} may go: what decides is not known.`
    : `${what} ${is} expected to go.`
}

/** A plan as a person reviews it. */
export function renderPlanned(plan: Plan, topology: Topology, style: PageStyle): string {
  const { paint } = style
  const colour = mayGo(plan.prediction) ? paint.green : paint.red
  return [
    renderPlan(plan, topology, style),
    section('Cost', labelled('moves', costText(plan), style), style),
    renderObstacles(plan, style),
    `${paint.bold(colour(planVerdict(plan)))}\n`,
  ].join('')
}

/** What is not as it was when a plan was made. */
export function renderChanges({ changes }: PlanCheck, style: PageStyle): string {
  const columns = [
    { heading: 'WHAT' },
    { heading: 'WHEN IT WAS PLANNED', wraps: true as const },
    { heading: 'NOW', wraps: true as const },
  ]
  const rows = changes.map(({ what, before, now }) => [what, before, now])
  return section('What has moved on', sectionTable(columns, rows, style), style)
}

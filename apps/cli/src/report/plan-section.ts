import { formatNumberList } from '@memhp/kernel-files'
import {
  type HeadRoom,
  type Plan,
  type PlannedBlock,
  plannedResize,
  type ResizeStep,
} from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import type { Cell } from '../output/table'
import { formatAddress, formatSize } from '../text/size'
import {
  joined,
  labelled,
  nodesText,
  type PageStyle,
  plural,
  section,
  sectionTable,
} from './page-style'
import { holdingsText, paintPrediction, predictionText, sumHoldings } from './words'

/** Most rows before like blocks are shown as one. */
const MOST_ROWS = 16

/** Blocks with steps next to each other that are alike. */
type Run = readonly [PlannedBlock, ...PlannedBlock[]]

const alike = (a: PlannedBlock, b: PlannedBlock): boolean =>
  Math.abs(a.id - b.id) === 1 &&
  a.zone === b.zone &&
  a.state === b.state &&
  a.nodes.join() === b.nodes.join() &&
  predictionText(a.prediction) === predictionText(b.prediction)

function runsOf(blocks: readonly PlannedBlock[]): readonly Run[] {
  if (blocks.length <= MOST_ROWS) return blocks.map((block) => [block])
  const runs: [PlannedBlock, ...PlannedBlock[]][] = []
  for (const block of blocks) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run !== undefined && last !== undefined && alike(last, block)) run.push(block)
    else runs.push([block])
  }
  return runs
}

/** Where a block is: `2/Movable`. */
function placeOf({ nodes, zone, state }: PlannedBlock): string {
  const node = nodes.length === 0 ? '' : `${nodes.join('+')}/`
  return `${node}${zone ?? (state === 'offline' ? 'offline' : 'none')}`
}

/** Whether a device is to have another size: then no block is a step. */
const isResize = (plan: Plan): boolean => plannedResize(plan) !== undefined

function blockRows(plan: Plan, { paint }: PageStyle): readonly (readonly Cell[])[] {
  let step = 0
  return runsOf(plan.blocks).map((run) => {
    const [block] = run
    const isStep = block.state !== 'offline' && !isResize(plan)
    const first = step + 1
    if (isStep) step += run.length
    const steps = !isStep ? '-' : first === step ? `${step}` : `${first}-${step}`
    const ids = run.map(({ id }) => id).sort((a, b) => a - b)
    return [
      steps,
      `memory${formatNumberList(ids)}${isStep ? ' offline' : ''}`,
      placeOf(block),
      holdingsText(sumHoldings(run), plan.pageBytes),
      {
        text: predictionText(block.prediction),
        paint: (line) => paintPrediction(line, block.prediction, paint),
      },
    ]
  })
}

function stepTable(plan: Plan, style: PageStyle): string {
  const removals = plan.steps.flatMap((step, index) => {
    if (step.kind === 'resize')
      return [[`${index + 1}`, `${step.name} to ${formatSize(step.toBytes)}`, '', '', '']]
    if (step.kind !== 'remove') return []
    const { name, verb, blocks } = step
    return [[`${index + 1}`, `${name} ${verb}`, '', plural(blocks.length, 'block'), '']]
  })
  return sectionTable(
    [
      { heading: 'STEP', align: 'right' },
      { heading: 'WHAT', wraps: true },
      { heading: 'ZONE' },
      { heading: 'HOLDS', wraps: true },
      { heading: 'EXPECTED', wraps: true },
    ],
    [...blockRows(plan, style), ...removals],
    style,
  )
}

/** Room for what has to move, in words. */
export function roomText(headRoom: HeadRoom, pageBytes: number): string {
  const { verdict, needPages, roomPages, from, to, stalled } = headRoom
  const size = (pages: number): string => formatSize(pages * pageBytes)
  if (verdict === 'unknown') return 'not known: the capture does not say what is free'
  if (needPages === 0) return 'nothing has to move'
  const what = `${size(needPages)} has to move from ${nodesText(from)}; ${nodesText(to)} can take ${size(roomPages)}`
  return verdict === 'enough'
    ? `${what}: enough`
    : `${what}: too little from memory${stalled[0] ?? ''} on`
}

function undoText(plan: Plan): string {
  const mayStay = plan.warnings.some(({ kind }) => kind === 'poisoned-stays-offline')
  return undoableText(plan) + (mayStay ? '; blocks with hardware errors may stay offline' : '')
}

function undoableText({ pointOfNoReturn, steps }: Plan): string {
  if (pointOfNoReturn === null) return 'every step can be undone'
  const first = steps[pointOfNoReturn]
  if (first?.kind === 'resize')
    return 'the size that it is asked for now is asked for again; the guest may bring blocks back elsewhere'
  const word = first?.kind === 'remove' && first.verb === 'eject' ? 'ejection' : 'removal'
  const isAsked = first?.kind === 'remove' && first.undo !== null
  const after = isAsked
    ? 'after that it is asked for again, which the hypervisor may refuse'
    : 'after that only firmware can bring it back'
  if (pointOfNoReturn === 0)
    return isAsked ? after.replace('after that ', '') : 'no step can be undone'
  const until = `step ${pointOfNoReturn + 1}, ${steps.length - pointOfNoReturn > 1 ? `the first ${word}` : `the ${word}`}`
  return `everything up to ${until}; ${after}`
}

const firstToLast = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names[0]} to ${names.at(-1)}`

/** How a device changes its size. */
function resizeText({ blocks }: Plan, step: ResizeStep): string {
  const sizes = `${formatSize(step.fromBytes)} → ${formatSize(step.toBytes)}`
  const { start, end } = step.range
  const where = `${formatAddress(start)}-${formatAddress(end - 1)}`
  const ids = blocks.map(({ id }) => id).sort((a, b) => a - b)
  const which = ids.length === 0 ? '' : `, probably memory${formatNumberList(ids)}`
  return `${step.name}: ${sizes}${which} (it may have ${formatSize(end - start)} at ${where})`
}

/** What is to go: the devices with their addresses, or the blocks. */
function targetText(plan: Plan, topology: Topology): string {
  const resize = plannedResize(plan)
  if (resize !== undefined) return resizeText(plan, resize)
  const ofDevices = plan.steps.toReversed().flatMap((step): readonly string[] => {
    if (step.kind !== 'remove') return []
    const { name, blocks, ranges } = step
    const own = topology.devices.filter((device) => step.devices.includes(device.name))
    const paths = own.flatMap(({ path }) => path ?? [])
    const nodes = [...new Set(own.flatMap((device) => device.nodes))].sort((a, b) => a - b)
    const first = ranges[0]?.start ?? 0
    const last = ranges.at(-1)?.end ?? 0
    const where = ranges.every((range, i) => i === 0 || ranges[i - 1]?.end === range.start)
      ? [`${formatAddress(first)}-${formatAddress(last - 1)}`]
      : ranges.map(({ start, end }) => `${formatAddress(start)}-${formatAddress(end - 1)}`)
    const on = nodes.length === 0 ? '' : ` on ${nodesText(nodes)}`
    const called = paths.length === 0 ? '' : ` (${firstToLast(paths)})`
    return [
      `${name}${called}: ${formatSize(blocks.length * plan.blockBytes)}${on} at ${joined(where)}, memory${formatNumberList(blocks)}`,
    ]
  })
  const owned = new Set(plan.expected.goneBlocks)
  const others = plan.blocks
    .map(({ id }) => id)
    .filter((id) => !owned.has(id))
    .sort((a, b) => a - b)
  const ofBlocks =
    others.length === 0
      ? []
      : [
          `memory${formatNumberList(others)}: ${formatSize(others.length * plan.blockBytes)}, offline only`,
        ]
  return [...ofDevices, ...ofBlocks].join('\n')
}

/** What is to go, and the plan: steps in order, room, what can be undone, what to know before. */
export function renderPlan(plan: Plan, topology: Topology, style: PageStyle): string {
  const target = targetText(plan, topology)
    .split('\n')
    .map((line, i) => labelled(i === 0 ? (isResize(plan) ? 'size' : 'to go') : '', line, style))
  const body = [
    ...target,
    '\n',
    stepTable(plan, style),
    '\n',
    labelled('room', roomText(plan.headRoom, plan.pageBytes), style),
    labelled('undo', undoText(plan), style),
    ...plan.warnings.map(({ message }, i) => labelled(i === 0 ? 'note' : '', message, style)),
  ]
  return section('Plan', body.join(''), style)
}

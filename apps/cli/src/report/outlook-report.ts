import { formatNumberList } from '@memhp/kernel-files'
import { type Obstacle, type Outlook, type Prediction, REASONS } from '@memhp/planner'
import type { BlockInfo, Topology } from '@memhp/topology'
import type { Cell, Column } from '../output/table'
import { UNKNOWN, zoneText } from '../output/words'
import { formatSize } from '../text/size'
import {
  bullet,
  joined,
  labelled,
  type PageStyle,
  plural,
  section,
  sectionTable,
} from './page-style'
import { roomText } from './plan-section'
import { paintPrediction, predictionText } from './words'

const expected = (prediction: Prediction, { paint }: PageStyle): Cell => ({
  text: predictionText(prediction),
  paint: (line) => paintPrediction(line, prediction, paint),
})

const EXPECTED: Column = { heading: 'EXPECTED', wraps: true }

function devicesTable({ devices }: Outlook, style: PageStyle): string {
  const rows = devices.map(({ name, nodes, blocks, sizeBytes, prediction, canBeRemoved }) => [
    name,
    formatSize(sizeBytes),
    formatNumberList(nodes) || UNKNOWN,
    formatNumberList(blocks),
    canBeRemoved ? 'yes' : 'offline only',
    expected(prediction, style),
  ])
  if (rows.length === 0) return ''
  const columns: readonly Column[] = [
    { heading: 'DEVICE' },
    { heading: 'SIZE', align: 'right' },
    { heading: 'NODE' },
    { heading: 'BLOCKS', wraps: true },
    { heading: 'REMOVABLE' },
    EXPECTED,
  ]
  return section('Devices, each as a whole', sectionTable(columns, rows, style), style)
}

function nodesTable(topology: Topology, { nodes }: Outlook, style: PageStyle): string {
  const rows = nodes.map(({ id, blocks, goodBlocks, sizeBytes, prediction }) => [
    `${id}`,
    formatSize(sizeBytes),
    `${goodBlocks} of ${blocks.length}`,
    formatSize(goodBlocks * topology.blockBytes),
    expected(prediction, style),
  ])
  if (rows.length === 0) return ''
  const columns: readonly Column[] = [
    { heading: 'NODE', align: 'right' },
    { heading: 'SIZE', align: 'right' },
    { heading: 'BLOCKS THAT GO', align: 'right' },
    { heading: 'SIZE OF THOSE', align: 'right' },
    { heading: 'THE WHOLE NODE', wraps: true },
  ]
  return section('Nodes', sectionTable(columns, rows, style), style)
}

/** Neighbours of which the same is expected. */
interface Run {
  readonly first: BlockInfo
  readonly prediction: Prediction
  last: BlockInfo
}

const zoneKey = ({ zones }: BlockInfo): string => JSON.stringify(zones)

function runsOf({ blocks }: Topology, outlook: Outlook): readonly Run[] {
  const runs: Run[] = []
  blocks.forEach((block, index) => {
    const prediction = outlook.blocks[index]?.prediction
    if (prediction === undefined) return
    const run = runs.at(-1)
    const isAlike =
      run !== undefined &&
      run.last.id + 1 === block.id &&
      run.last.device === block.device &&
      run.last.nodes.join() === block.nodes.join() &&
      zoneKey(run.last) === zoneKey(block) &&
      predictionText(run.prediction) === predictionText(prediction)
    if (isAlike) run.last = block
    else runs.push({ first: block, last: block, prediction })
  })
  return runs
}

function blocksTable(topology: Topology, outlook: Outlook, style: PageStyle): string {
  const rows = runsOf(topology, outlook).map(({ first, last, prediction }) => [
    first === last ? `${first.id}` : `${first.id}-${last.id}`,
    formatSize(last.end - first.start),
    formatNumberList(first.nodes) || UNKNOWN,
    zoneText(first.zones, style.paint),
    first.device ?? UNKNOWN,
    expected(prediction, style),
  ])
  const columns: readonly Column[] = [
    { heading: 'BLOCKS' },
    { heading: 'SIZE', align: 'right' },
    { heading: 'NODE' },
    { heading: 'ZONES' },
    { heading: 'DEVICE' },
    EXPECTED,
  ]
  return section('Blocks, each alone', sectionTable(columns, rows, style), style)
}

function obstacleText(obstacle: Obstacle, style: PageStyle): string {
  const { kind, blocks, sizeBytes, evidence, remedies } = obstacle
  const more = blocks.length - evidence.length
  const others = more > 0 ? [`${plural(more, 'block')} more, like these.`] : []
  return [
    labelled(
      formatSize(sizeBytes),
      `${REASONS[kind].title}: memory${formatNumberList(blocks)}`,
      style,
    ),
    ...[...evidence, ...others].map((text) => bullet('', text, style)),
    ...remedies.map((text, index) => labelled(index === 0 ? '  try' : '', text, style)),
  ].join('')
}

/** How much can go together, in a sentence. */
export function mostText(topology: Topology, { most }: Outlook): string {
  const { blocks, devices, sizeBytes } = most
  // What goes with a device may be offline already.
  const all = formatSize(topology.blocks.length * topology.blockBytes)
  if (blocks.length === 0) return `Nothing of ${all} can be expected to go now.`
  const owned = new Set(
    topology.devices.filter(({ name }) => devices.includes(name)).flatMap((each) => each.blocks),
  )
  const single = blocks.filter((id) => !owned.has(id))
  const whole = blocks.length - single.length
  const parts = [
    ...(whole === 0 ? [] : [`${formatSize(whole * topology.blockBytes)} with ${joined(devices)}`]),
    ...(single.length === 0
      ? []
      : [
          `${formatSize(single.length * topology.blockBytes)} as single blocks, which only go offline`,
        ]),
  ]
  return `${formatSize(sizeBytes)} of ${all} can be expected to go together: ${joined(parts)}.`
}

/** What can go, what cannot and why, how much in all, and what would help: as a person reads it. */
export function renderOutlook(topology: Topology, outlook: Outlook, style: PageStyle): string {
  const { most, obstacles } = outlook
  const all = [
    labelled('together', mostText(topology, outlook), style),
    labelled('room', roomText(most.headRoom, topology.pageBytes), style),
  ]
  return [
    devicesTable(outlook, style),
    nodesTable(topology, outlook, style),
    blocksTable(topology, outlook, style),
    section(
      'What stays, why, and what would help',
      obstacles.map((each) => obstacleText(each, style)).join(''),
      style,
    ),
    section('In all', all.join(''), style),
  ].join('')
}

import type { JournalEntry } from '@memhp/planner'
import type { Move, Rehearsal } from '@memhp/rehearsal'
import type { Cell } from '../output/table'
import { formatSize } from '../text/size'
import { labelled, nodesText, type PageStyle, plural, section, sectionTable } from './page-style'

function stepName({ step }: JournalEntry): string {
  if (step.kind === 'offline') return `memory${step.block} offline`
  return `${step.name} ${step.kind === 'remove' ? step.verb : step.kind}`
}

function resultText({ result }: JournalEntry, { paint }: PageStyle): string {
  switch (result.kind) {
    case 'done':
      return paint.green('done')
    case 'skipped':
      return paint.dim('skipped')
    case 'refused':
      return paint.red(result.errno)
    case 'inconsistent':
      return paint.red('not done')
  }
}

function moveText(move: Move | undefined, pageBytes: number): string {
  if (move === undefined) return ''
  if (move.pages === 0) return 'nothing to move'
  const nodes = move.to.map(({ node }) => node)
  const where = nodes.length === 0 ? '' : ` to ${nodesText(nodes)}`
  return `${formatSize(move.pages * pageBytes)} moved${where}`
}

function detailOf(entry: JournalEntry, rehearsal: Rehearsal): string {
  const { step, result } = entry
  if (result.kind === 'skipped') return result.why
  if (result.kind !== 'done') return ''
  if (step.kind === 'remove') return `${plural(step.blocks.length, 'block')} gone`
  if (step.kind === 'resize') return formatSize(step.toBytes)
  if (step.kind !== 'offline') return ''
  const move = rehearsal.moves.find(({ block }) => block === step.block)
  return moveText(move, rehearsal.plan.pageBytes)
}

/** Most steps that are listed one by one. */
const MOST_STEPS = 40

/** The run, step by step; of a long one its beginning and its end. */
function journalRows(rehearsal: Rehearsal, style: PageStyle): readonly (readonly Cell[])[] {
  const { journal } = rehearsal.execution
  const rows = journal.map((entry) => [
    `${entry.index + 1}`,
    stepName(entry),
    resultText(entry, style),
    detailOf(entry, rehearsal),
  ])
  if (rows.length <= MOST_STEPS) return rows
  const shown = MOST_STEPS / 2
  const left = rows.length - 2 * shown
  return [
    ...rows.slice(0, shown),
    ['', `… ${plural(left, 'step')} …`, '', ''],
    ...rows.slice(-shown),
  ]
}

function undoText({ execution, asBefore }: Rehearsal): string {
  const { undone, leftovers } = execution
  const back =
    undone.length === 0
      ? 'nothing had to be undone'
      : `${plural(undone.length - leftovers.length, 'block')} of ${undone.length} online again where they were`
  if (leftovers.length > 0) return `${back}. ${leftovers.join(' ')}`
  return asBefore ? `${back}; the twin is as it was before` : `${back}; pages that moved stay moved`
}

/** The run of a plan. */
export function renderRun(rehearsal: Rehearsal, style: PageStyle): string {
  const { execution, outcome } = rehearsal
  const table = sectionTable(
    [
      { heading: 'STEP', align: 'right' },
      { heading: 'WHAT', wraps: true },
      { heading: 'RESULT' },
      { heading: '', wraps: true },
    ],
    journalRows(rehearsal, style),
    style,
  )
  const after = [
    ...(outcome === 'refused' ? [`\n${labelled('undone', undoText(rehearsal), style)}`] : []),
    ...execution.inconsistencies.map(({ message }, i) =>
      labelled(i === 0 ? 'but' : '', style.paint.red(message), style),
    ),
  ]
  return section('Run', `${table}${after.join('')}`, style)
}

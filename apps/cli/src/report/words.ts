import type { Holdings, Plan, PlannedBlock, Prediction } from '@memhp/planner'
import { CONFIDENCE_WORDS, plannedResize, REASONS } from '@memhp/planner'
import type { Paint } from '../context'
import { formatSize } from '../text/size'
import { joined, plural } from './page-style'

/** What a block holds, in words and sizes. */
export function holdingsText(holdings: Holdings | null, pageBytes: number): string {
  if (holdings === null) return '-'
  const parts: readonly (readonly [number, string])[] = [
    [holdings.movable, 'to move'],
    [holdings.huge, 'in huge pages'],
    [holdings.kernel, 'the kernel’s'],
    [holdings.reserved, 'reserved'],
    [holdings.poisoned, 'with hardware errors'],
    [holdings.unknown, 'in use'],
    [holdings.free, 'free'],
  ]
  const words = parts
    .filter(([pages]) => pages > 0)
    .map(([pages, what]) => `${formatSize(pages * pageBytes)} ${what}`)
  return `${holdings.source === 'estimated' ? 'about ' : ''}${words.join(', ')}`
}

/** Several blocks' holdings as one; null where one of them is not known. */
export function sumHoldings(blocks: readonly PlannedBlock[]): Holdings | null {
  const [first, ...rest] = blocks.map(({ holdings }) => holdings)
  if (first === undefined || first === null) return null
  return rest.reduce<Holdings | null>(
    (sum, next) =>
      sum === null || next === null
        ? null
        : {
            source: sum.source === 'counted' ? next.source : 'estimated',
            free: sum.free + next.free,
            movable: sum.movable + next.movable,
            huge: sum.huge + next.huge,
            kernel: sum.kernel + next.kernel,
            reserved: sum.reserved + next.reserved,
            poisoned: sum.poisoned + next.poisoned,
            unknown: sum.unknown + next.unknown,
          },
    first,
  )
}

const OUTCOMES: Readonly<Record<Prediction['outcome'], string>> = {
  'already-offline': 'is offline already',
  goes: 'goes',
  refuses: 'refuses',
  stalls: 'stalls',
}

/** What to expect, in words: `goes, probably`, `refuses, for certain: memory reserved at boot`. */
export function predictionText({ outcome, confidence, reasons }: Prediction): string {
  if (outcome === 'already-offline') return OUTCOMES[outcome]
  const [reason] = reasons
  const because = reason === undefined ? '' : `: ${REASONS[reason.kind].title}`
  return `${OUTCOMES[outcome]}, ${CONFIDENCE_WORDS[confidence]}${because}`
}

/** Good news green, bad news red, doubt yellow. */
export function paintPrediction(text: string, prediction: Prediction, paint: Paint): string {
  const { outcome, confidence } = prediction
  if (outcome === 'goes' || outcome === 'already-offline') {
    return confidence === 'uncertain' ? paint.yellow(text) : paint.green(text)
  }
  return confidence === 'uncertain' ? paint.yellow(text) : paint.red(text)
}

/** What a plan is about, as a subject: devices by their names, `memory32`, or a count of blocks. */
export function subjectOf(plan: Plan): string {
  const { goal, steps, blocks } = plan
  if (goal.kind === 'policy') return `${plural(steps.length, 'change')} of ${goal.name}`
  const resize = plannedResize(plan)
  if (resize !== undefined) return resize.name
  const removed = removedBy(steps)
  if (removed.length > 0) return joined(removed.toReversed())
  const ids = blocks.map(({ id }) => id)
  return ids.length === 1 ? `memory${ids[0]}` : `${ids.length} memory blocks`
}

const removedBy = (steps: Plan['steps']): readonly string[] =>
  steps.flatMap((step) => (step.kind === 'remove' ? [step.name] : []))

/** Whether what `subjectOf` names is one thing. */
export function isOneSubject({ steps, blocks }: Plan): boolean {
  const removed = removedBy(steps)
  return (removed.length > 0 ? removed.length : blocks.length) === 1
}

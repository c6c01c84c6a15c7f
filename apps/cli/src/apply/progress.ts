import {
  deviceOfRequest,
  type JournalEntry,
  type Plan,
  type PlanStep,
  type Progress,
  type StepResult,
  type UndoWrite,
} from '@memhp/planner'
import type { CliContext } from '../context'
import { timeText } from '../report/plan-report'
import { formatSize } from '../text/size'

/** A step in words: `memory33 goes offline`. */
export function stepText(step: PlanStep): string {
  switch (step.kind) {
    case 'offline':
      return `memory${step.block} goes offline`
    case 'online':
      return `${step.name} comes online (${step.text})`
    case 'set':
      return `${step.name} is set to ${step.text}`
    case 'remove':
      return `${step.name} is ${step.verb === 'eject' ? 'ejected' : 'removed'}`
    case 'resize':
      return `${step.name} is to have ${formatSize(step.toBytes)}`
  }
}

/** The path of writes that have a hypervisor plug devices again. No file has it. */
export const PLUG_AGAIN = 'qmp:device_add'

const devicesIn = (text: string): string =>
  (JSON.parse(text) as { readonly devices: readonly { readonly id: string }[] }).devices
    .map(({ id }) => id)
    .join(' and ')

/** What undoes a step, in words: `memory33: online_movable`. */
export function undoText({ path, text }: UndoWrite): string {
  const device = deviceOfRequest(path)
  if (device !== undefined) return `${device} is asked for ${formatSize(Number(text))}`
  const again = path === PLUG_AGAIN ? devicesIn(text) : undefined
  if (again !== undefined) return `${again} is plugged again`
  return `${/memory\d+/.exec(path)?.[0] ?? path}: ${text}`
}

/** What became of a step, in words. */
export function resultText(result: StepResult): string {
  switch (result.kind) {
    case 'done':
      return 'done'
    case 'skipped':
      return result.why
    case 'refused':
      return `refused with ${result.errno}: ${result.message}`
    case 'inconsistent':
      return result.found.map(({ kind, message }) => `${kind}: ${message}`).join(' ')
  }
}

/** A step that was tried, in words. */
export const entryText = ({ step, result }: Pick<JournalEntry, 'step' | 'result'>): string =>
  `${stepText(step)}: ${resultText(result)}`

/** A block costs as much as these pages, whatever it holds. */
const PAGES_A_STEP = 2000

/** What each step costs, in pages. */
function costsOf({ steps, blocks }: Plan): readonly number[] {
  const holdings = new Map(blocks.map((block) => [block.id, block.holdings]))
  return steps.map((step) => {
    const held = step.kind === 'offline' ? holdings.get(step.block) : undefined
    return PAGES_A_STEP + (held?.movable ?? 0) + (held?.huge ?? 0) + (held?.unknown ?? 0)
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

/**
 * Shows how far a run is: a line that the next one replaces, or on what is not a terminal a line for each step. How long it takes is told
 * from what the steps so far took.
 */
export function showProgress(plan: Plan, context: CliContext): (progress: Progress) => void {
  const costs = costsOf(plan)
  const begun = performance.now()
  let first: number | undefined
  const left = (index: number): string => {
    first ??= index
    const done = sum(costs.slice(first, index))
    if (done === 0) return ''
    const perPage = (performance.now() - begun) / 1000 / done
    return `, ${timeText(perPage * sum(costs.slice(index)))} left`
  }
  return (progress) => {
    switch (progress.kind) {
      case 'undo':
        context.warn('memhp: what was done is put back …')
        break
      case 'undoing': {
        const { index, total, write } = progress
        context.progress(`[${index + 1}/${total}] ${undoText(write)}`)
        context.milestone(`[${index + 1}/${total}] ${undoText(write)}`)
        break
      }
      case 'step': {
        const { index, total, step } = progress
        context.progress(`[${index + 1}/${total}] ${stepText(step)} …${left(index)}`)
        break
      }
      case 'result': {
        const { index, total, entry } = progress
        context.milestone(`[${index + 1}/${total}] ${entryText(entry)}`)
      }
    }
  }
}

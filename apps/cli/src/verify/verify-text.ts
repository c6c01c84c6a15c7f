import type { WalkMachine, WalkReport } from '@memhp/conformance'
import { operationText } from '@memhp/trace'
import type { Paint } from '../context'
import { renderFields } from '../output/table'
import { differenceLines } from '../report/difference-lines'

/** The machine and the walk, before it begins. */
export const headText = (
  machine: WalkMachine,
  walk: { readonly seed: number; readonly steps: number },
): string =>
  renderFields([
    [
      'guest',
      `${machine.arch}, nodes of ${machine.nodesMib.join(' + ')} MiB, ${machine.slots} slots`,
    ],
    ['command line', machine.cmdline === '' ? '(nothing added)' : machine.cmdline],
    [
      'walk',
      `${walk.steps} steps from seed ${walk.seed}${machine.faults ? ', notifiers fail' : ''}`,
    ],
  ])

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

/** How many times faster the model was than the kernel. */
export const timesFaster = ({ kernelMs, modelMs }: WalkReport): number =>
  Math.round(kernelMs / Math.max(modelMs, 0.001))

/** The result of a walk. */
export function outcomeText(report: WalkReport, paint: Paint): string {
  const { agreeing, trace, hintCount, kernel, kernelMs, modelMs } = report
  const isRight = report.first === undefined
  const counts = new Map<string, number>()
  for (const { op } of trace.steps) counts.set(op.op, (counts.get(op.op) ?? 0) + 1)
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')
  return renderFields([
    ['kernel', kernel],
    ['steps', `${agreeing} of ${trace.steps.length} agree (${kinds})`],
    ['hints', `${hintCount}`],
    [
      'time',
      `guest ${seconds(kernelMs)}, coming to rest and reading included; model ${seconds(modelMs)}: ${timesFaster(report)} times faster`,
    ],
    ['verdict', isRight ? paint.green('the model agrees') : paint.red('the model differs')],
  ])
}

/** The shortest walk that differs, step by step, and in what its last step does. */
export function differenceSection(report: WalkReport, paint: Paint): string {
  const { first, trace } = report
  if (first === undefined) return ''
  const steps = trace.steps.map(({ op }, index) => `  ${index}: ${operationText(op)}\n`).join('')
  return [
    trace.steps.length === 0 ? 'They differ before the first step:\n' : `What led there:\n${steps}`,
    ...differenceLines(first.differences, paint).map((line) => `  ${line}\n`),
  ].join('')
}

import { failedEntry } from '@memhp/planner'
import { entryText } from '../apply/progress'
import { leftText } from '../apply/report'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { plural } from '../report/page-style'
import { planVerdict } from '../report/plan-report'
import { readPlanFile } from '../source/plan-file'
import { withGuest } from '../verify/boot-guest'
import { guestFiles } from '../verify/guest-files'
import { shapeOf } from './shape'
import { type Trial, tryPlan } from './try-plan'

/** The flags of a rehearsal on a kernel. */
export interface OnKernelFlags {
  readonly fetch?: true
  readonly json?: true
}

function trialText({ kernel, execution, log }: Trial): string {
  const { outcome, journal, leftovers } = execution
  if (outcome === 'done')
    return `On Linux ${kernel} all ${plural(journal.length, 'step')} went, and the machine agrees.\n`
  const failed = failedEntry(execution)
  const what = failed === undefined ? outcome : entryText(failed)
  const lines = log.map((line) => `  ${line}\n`).join('')
  return `On Linux ${kernel} it does not go: ${what}\n${leftText(leftovers)}\nIts log ends with\n${lines}`
}

/** Tries a kept plan on a real kernel of the host's generation, in a guest that is shaped like the host. @throws CliError */
export async function rehearseOnKernel(
  path: string | undefined,
  flags: OnKernelFlags,
  context: CliContext,
): Promise<void> {
  if (path === undefined)
    throw new CliError('--on-kernel tries a kept plan, and none is named', {
      remedy: 'memhp plan GOAL -o FILE, then memhp rehearse FILE --on-kernel',
    })
  const file = await readPlanFile(path)
  const shape = shapeOf(file)
  const signal = context.interruptSignal()
  const { version } = shape
  const trial = await withGuest(signal, async () => {
    const files = await guestFiles(
      shape.machine,
      version === null || flags.fetch === undefined ? flags : { ...flags, kernelVersion: version },
      signal,
    )
    context.progress('the guest boots')
    return tryPlan(file, { shape, files }, context)
  })
  context.progress('')
  const { kernel, execution, blocks } = trial
  if (version !== null && !kernel.startsWith(`${version}.`))
    context.warn(
      `memhp: the host runs Linux ${version}, the guest ${kernel}: --fetch takes Debian’s kernel of that version`,
    )
  const json = {
    version: 1,
    kernel,
    blocks: Object.fromEntries(blocks),
    ...execution,
    log: trial.log,
  }
  context.print(flags.json ? `${JSON.stringify(json, null, 2)}\n` : trialText(trial))
  if (execution.outcome === 'done') return
  const code = execution.outcome === 'interrupted' ? EXIT.interrupted : EXIT.refused
  throw new CliError(
    `the plan does not go on a real kernel; expected was: ${planVerdict(file.plan)}`,
    {
      exitCode: code,
    },
  )
}

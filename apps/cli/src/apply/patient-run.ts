import type { FileTree } from '@memhp/core'
import type { ExecuteOptions, Plan } from '@memhp/planner'
import type { CliContext } from '../context'
import { type Patience, PatientTree } from './patience'
import { showProgress } from './progress'
import type { Target } from './target'

/** How a plan is carried out on a kernel that may be slow. */
export interface PatientRun {
  readonly tree: FileTree
  readonly options: Pick<ExecuteOptions, 'signal' | 'settle' | 'onProgress'>
}

/** A run that waits for the kernel as long as that gets on, shows how far it is, and is stopped by the signal. */
export function patientRun(
  target: Target,
  plan: Plan,
  wish: {
    readonly patience: Patience
    readonly context: CliContext
    readonly interrupt: AbortSignal
    readonly heard?: ExecuteOptions['onProgress']
  },
): PatientRun {
  const patient = new PatientTree(target, wish)
  const show = showProgress(plan, wish.context)
  return {
    tree: patient.tree,
    options: {
      signal: wish.interrupt,
      settle: (waiting) => patient.settle(waiting),
      onProgress: (progress) => {
        if (progress.kind === 'undo') patient.undoing()
        show(progress)
        return wish.heard?.(progress)
      },
    },
  }
}

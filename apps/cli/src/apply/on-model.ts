import { settle } from '@memhp/core'
import { type Execution, executePlan, type PlanFile } from '@memhp/planner'
import type { CliContext } from '../context'
import { describeSource, type SourceChoice } from '../source/choice'
import { type StudiedHost, type StudyWish, studyHost } from '../source/studied-host'
import { showProgress } from './progress'

/** A machine in this process that a plan is carried out on. */
export interface ModelTarget extends Pick<StudiedHost, 'topology'> {
  readonly name: string
  readonly carryOut: (file: PlanFile) => Promise<Execution>
}

/** The twin of a capture, or the machine of a scenario. It ends with this process, and so needs neither journal nor consent. */
export async function openModel(
  choice: SourceChoice,
  wish: StudyWish,
  context: CliContext,
): Promise<ModelTarget> {
  const { topology, build } = await studyHost(choice, wish, context)
  return {
    topology,
    name: `the model of ${describeSource(choice)}`,
    carryOut: async ({ plan }) => {
      const { machine } = await build()
      return executePlan(machine.tree, plan, {
        signal: context.interruptSignal(),
        onProgress: showProgress(plan, context),
        settle: () => {
          settle(machine)
          return 'enough'
        },
      })
    },
  }
}

import type { Machine } from '@memhp/core'
import { type Plan, type Progress, planRemoval, type RemovalGoal } from '@memhp/planner'
import { pageCgroupDependencies, type Rehearsal, rehearse, scopeOfPlan } from '@memhp/rehearsal'
import type { Topology } from '@memhp/topology'
import type { FaultWish, Timeline, WhyView } from '../protocol/timeline'
import { blocksOfStep, commandOf, stepTitle } from './plan-view'
import { type DeedEnd, Recorder } from './recorder'

const DONE: DeedEnd = { outcome: 'done', errno: null, message: null }

/** Plans a removal on a machine as it is. @throws HotplugError for a goal that means nothing on it */
export const planOn = (machine: Machine, topology: Topology, goal: RemovalGoal): Plan =>
  planRemoval(topology, goal, { dependencies: pageCgroupDependencies(machine) })

/** The block whose file a path is; none for other files. */
function blockOfPath(path: string): readonly number[] {
  const [, block] = /\/memory(\d+)\/state$/.exec(path) ?? []
  return block === undefined ? [] : [Number(block)]
}

/** Writes down a run of a plan as deeds. */
function follow(recorder: Recorder): (progress: Progress) => void {
  return (progress) => {
    switch (progress.kind) {
      case 'step': {
        const { step } = progress
        recorder.begin({
          title: stepTitle(step),
          command: commandOf(step),
          blocks: blocksOfStep(step),
          isUndo: false,
        })
        break
      }
      case 'result': {
        const { result } = progress.entry
        if (result.kind === 'done' || result.kind === 'skipped') recorder.end(DONE)
        else if (result.kind === 'refused')
          recorder.end({ outcome: 'refused', errno: result.errno, message: result.message })
        else {
          const message = result.found.map((each) => each.message).join(' ')
          recorder.end({ outcome: 'refused', errno: null, message })
        }
        break
      }
      case 'undo':
        break
      case 'undoing': {
        const { path, text } = progress.write
        // What was undone before is done: the next begins.
        recorder.end(DONE)
        recorder.begin({
          title: `${text} again`,
          command: `echo ${text} > ${path}`,
          blocks: blockOfPath(path),
          isUndo: true,
        })
      }
    }
  }
}

function whyOf({ diagnosis }: Rehearsal): WhyView | null {
  if (diagnosis === null) return null
  const { title, message, errno, block, remedies } = diagnosis
  return { title, message, errno, block, remedies }
}

/** A removal as it ran, and what recorded it. */
export interface RecordedRemoval {
  readonly timeline: Timeline
  readonly recorder: Recorder
}

/** Carries a removal out on a machine and writes every step down. The machine is not put back. */
export async function recordRemoval(
  machine: Machine,
  topology: Topology,
  goal: RemovalGoal,
  fault: FaultWish | null,
): Promise<RecordedRemoval> {
  const plan = planOn(machine, topology, goal)
  const recorder = new Recorder(machine, {
    scope: scopeOfPlan(machine, plan),
    going: new Set<number>(plan.expected.goneNodes),
    watched: plan.blocks.map(({ id }) => id),
    steps: 'watched',
    fault,
  })
  try {
    const rehearsal = await rehearse(machine, topology, goal, { onProgress: follow(recorder) })
    recorder.end(DONE)
    const timeline: Timeline = {
      ...recorder.told(),
      outcome: rehearsal.outcome,
      why: whyOf(rehearsal),
      balanced: rehearsal.balance.balanced,
    }
    return { timeline, recorder }
  } finally {
    recorder.stop()
  }
}

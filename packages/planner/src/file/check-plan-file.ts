import { isHotplugError } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import { type Plan, type PlannedBlock, plannedResize } from '../plan/plan'
import { type PlanOptions, planRemoval } from '../plan/plan-removal'
import { planResize } from '../plan/plan-resize'
import { compareBadness, isGood, type Prediction } from '../predict/prediction'
import { changesOf, type PlanChange } from './changes'
import type { PlanFile } from './format'
import { stateOf } from './state'

/** Whether a plan still holds of a machine. */
export interface PlanCheck {
  readonly holds: boolean
  /** What is not as it was; empty where it holds. */
  readonly changes: readonly PlanChange[]
  /** The plan for the same blocks as the machine is now; null where it no longer has them. */
  readonly now: Plan | null
}

function planNow(plan: Plan, topology: Topology, options: PlanOptions): Plan | null {
  try {
    if (plan.goal.kind === 'resize') return planResize(topology, plan.goal)
    const blocks = plan.blocks.map(({ id }) => id)
    return planRemoval(topology, { kind: 'blocks', blocks }, options)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return null
  }
}

/**
 * Steps whatever their order: what blocks hold meanwhile may change it, and what is written it may not. Of a device that has another
 * size in the end, whatever it has on the way.
 */
function stepKeys(plan: Plan): readonly string[] {
  const resize = plannedResize(plan)
  const steps = resize === undefined ? plan.steps : [resize]
  return steps.map(({ kind, path, text }) => JSON.stringify([kind, path, text])).sort()
}

const textOf = ({ outcome, confidence, reasons }: Prediction): string =>
  [`${outcome} (${confidence})`, ...(reasons[0] === undefined ? [] : [reasons[0].message])].join(
    ': ',
  )

/** Blocks that were expected to go, and are not any more. */
function predictionChanges(plan: Plan, now: Plan): readonly PlanChange[] {
  const before = new Map(plan.blocks.map((block) => [block.id, block]))
  return now.blocks.flatMap(({ id, prediction }: PlannedBlock) => {
    const was = before.get(id)?.prediction
    if (was === undefined || isGood(prediction) || compareBadness(prediction, was) <= 0) return []
    return [
      { kind: 'prediction', what: `memory${id}`, before: textOf(was), now: textOf(prediction) },
    ]
  })
}

/** A device that was expected to take another size, and is not any more. */
function sizeChanges({ goal, prediction: was }: Plan, { prediction }: Plan): readonly PlanChange[] {
  if (goal.kind !== 'resize' || isGood(prediction) || compareBadness(prediction, was) <= 0)
    return []
  return [{ kind: 'prediction', what: goal.device, before: textOf(was), now: textOf(prediction) }]
}

function roomChanges(plan: Plan, now: Plan): readonly PlanChange[] {
  const [before, is] = [plan.headRoom, now.headRoom]
  if (is.verdict !== 'short' || before.verdict === 'short') return []
  const text = ({ needPages, roomPages }: Plan['headRoom']): string =>
    `${needPages} pages to move, room for ${roomPages}`
  return [{ kind: 'room', what: 'head-room', before: text(before), now: text(is) }]
}

function stepChanges(plan: Plan, now: Plan): readonly PlanChange[] {
  const [before, is] = [stepKeys(plan), stepKeys(now)]
  const [known, wanted] = [new Set(before), new Set(is)]
  const strange = before.filter((key) => !wanted.has(key))
  const missing = is.filter((key) => !known.has(key))
  if (strange.length === 0 && missing.length === 0 && before.length === is.length) return []
  return [
    {
      kind: 'steps',
      what: 'steps',
      before: strange.join(' ') || `${before.length}`,
      now: missing.join(' ') || `${is.length}`,
    },
  ]
}

/**
 * Holds a plan file against the machine as it is now: whether blocks, nodes, policy and kernel are as they were, whether the steps are
 * those that the same blocks take, and whether nothing looks worse than it did. Nothing is touched.
 */
export function checkPlanFile(
  { plan, state }: PlanFile,
  topology: Topology,
  options: PlanOptions = {},
): PlanCheck {
  const moved = changesOf(state, stateOf(topology))
  const now = planNow(plan, topology, options)
  // Of a machine that has moved on the rest follows from that.
  const others =
    moved.length > 0 || now === null
      ? []
      : [
          ...stepChanges(plan, now),
          ...predictionChanges(plan, now),
          ...sizeChanges(plan, now),
          ...roomChanges(plan, now),
        ]
  const changes = [...moved, ...others]
  return { holds: changes.length === 0, changes, now }
}

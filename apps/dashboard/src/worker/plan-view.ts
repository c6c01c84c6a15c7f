import { type Plan, type PlanStep, type RemovalGoal, remediesFor } from '@memhp/planner'
import type { GoalWish } from '../protocol/machine-view'
import type { PlanView } from '../protocol/timeline'

/** A goal as the planner takes it. */
export function goalOf(wish: GoalWish): RemovalGoal {
  switch (wish.kind) {
    case 'device':
      return { kind: 'device', devices: [wish.device] }
    case 'node':
      return { kind: 'node', node: wish.node }
    case 'size':
      return { kind: 'size', sizeBytes: wish.sizeBytes }
    case 'blocks':
      return { kind: 'blocks', blocks: wish.blocks }
  }
}

/** What a person would type for a step. */
export const commandOf = ({ path, text }: PlanStep): string => `echo ${text} > ${path}`

/** A step in a few words. */
export function stepTitle(step: PlanStep): string {
  if (step.kind === 'offline') return `memory${step.block} goes offline`
  return `${step.kind === 'remove' ? step.verb : step.kind} ${step.name}`
}

/** Blocks that a step is about. */
export function blocksOfStep(step: PlanStep): readonly number[] {
  if (step.kind === 'offline') return [step.block]
  return step.kind === 'remove' ? step.blocks : []
}

/** A plan, told. */
export function planView(plan: Plan): PlanView {
  const [decisive] = plan.prediction.reasons
  const stands = plan.prediction.outcome === 'refuses' || plan.prediction.outcome === 'stalls'
  return {
    sizeBytes: plan.sizeBytes,
    verdict: plan.prediction.outcome,
    confidence: plan.prediction.confidence,
    reasons: plan.prediction.reasons.map(({ message }) => message),
    remedies: stands && decisive !== undefined ? remediesFor(decisive.kind) : [],
    commands: plan.steps.map(commandOf),
    pointOfNoReturn: plan.pointOfNoReturn,
    warnings: plan.warnings.map(({ message }) => message),
  }
}

import {
  describeGoal,
  type Plan,
  type PlanStep,
  type Prediction,
  type RemovalGoal,
  remediesFor,
} from '@memhp/planner'
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
export const stepTitle = (step: PlanStep): string =>
  step.kind === 'offline' ? `memory${step.block} goes offline` : `${step.verb} ${step.name}`

/** Blocks that a step is about. */
export const blocksOfStep = (step: PlanStep): readonly number[] =>
  step.kind === 'offline' ? [step.block] : step.blocks

const messagesOf = ({ reasons }: Prediction): readonly string[] =>
  reasons.map(({ message }) => message)

/** A plan, told. */
export function planView(plan: Plan): PlanView {
  const [decisive] = plan.prediction.reasons
  const stands = plan.prediction.outcome === 'refuses' || plan.prediction.outcome === 'stalls'
  return {
    title: describeGoal(plan.goal),
    sizeBytes: plan.sizeBytes,
    verdict: plan.prediction.outcome,
    confidence: plan.prediction.confidence,
    reasons: messagesOf(plan.prediction),
    remedies: stands && decisive !== undefined ? remediesFor(decisive.kind) : [],
    steps: plan.steps.map((step) => ({
      title: stepTitle(step),
      command: commandOf(step),
      block: step.kind === 'offline' ? step.block : null,
    })),
    pointOfNoReturn: plan.pointOfNoReturn,
    blocks: plan.blocks.map(({ id, prediction }) => ({
      id,
      verdict: prediction.outcome,
      why: messagesOf(prediction).join(' '),
    })),
    warnings: plan.warnings.map(({ message }) => message),
  }
}

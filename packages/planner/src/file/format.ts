import type { Plan } from '../plan/plan'
import type { PlanState } from './state'

/** What a plan file says that it is. */
export const PLAN_FORMAT = 'memhp-plan'
/** It grows when a field of the file changes its meaning or goes. */
export const PLAN_FILE_VERSION = 1

/** A plan to be kept, with the state of the machine that it was made for. */
export interface PlanFile {
  readonly format: typeof PLAN_FORMAT
  readonly version: typeof PLAN_FILE_VERSION
  /** What made it: `memhp 0.1.0`. */
  readonly tool: string
  /** When, in UTC. */
  readonly madeAt: string
  readonly plan: Plan
  readonly state: PlanState
}

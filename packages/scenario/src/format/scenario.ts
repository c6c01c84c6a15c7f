import type { MachineDescription } from '@memhp/core'
import type { Action } from './action'
import type { Check } from './check'
import type { SourcePlace } from './place'

/** Version of the format that this release reads, in the field `memhp-scenario`. */
export const SCENARIO_VERSION = 1

/** The machine that a scenario runs on. */
export type ScenarioMachine =
  | {
      readonly kind: 'described'
      readonly place: SourcePlace
      readonly description: MachineDescription
    }
  | { readonly kind: 'capture'; readonly place: SourcePlace; readonly path: string }

/** One step: at most one action, then what is expected. */
export interface ScenarioStep {
  /** From 1. */
  readonly number: number
  readonly place: SourcePlace
  readonly note?: string
  readonly action?: Action
  readonly checks: readonly Check[]
  /** The checks where the machine runs without its defects; default: the same. */
  readonly cured?: readonly Check[]
}

/** A scenario that has been read. Plain data: it survives JSON. */
export interface Scenario {
  /** What the file is called, for messages. */
  readonly name: string
  readonly title: string
  /** Empty where the file has none. */
  readonly description: string
  readonly machine: ScenarioMachine
  /** Whether deferred work runs after every step, or only where a step says `settle`. */
  readonly settle: 'automatic' | 'manual'
  readonly steps: readonly ScenarioStep[]
}

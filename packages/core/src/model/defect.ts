import type { GenerationRules } from './generation'

/** Defects of the series of 2012 that a machine can be described with, by their numbers in its specification. @public */
export type SwitchedDefect =
  | 'KP2'
  | 'D1'
  | 'D2'
  | 'D3'
  | 'D4'
  | 'D5'
  | 'D6'
  | 'D7'
  | 'D8'
  | 'D13'
  | 'D18'
  | 'D19'
  | 'D21'

/** How a defect is switched on. */
export interface DefectSwitch {
  /** Generations that had it, or that would have it. */
  readonly kernels: readonly string[]
  readonly change: (rules: GenerationRules) => GenerationRules
}

/** A defect of the series of 2012. @alpha */
export interface Defect {
  /** `D6`, or `KP2` for known problem 2. */
  readonly id: string
  /** What is wrong. */
  readonly what: string
  /** Patch that brought it. */
  readonly where: string
  /** What it does. */
  readonly harm: string
  /** What later kernels chose. */
  readonly cure: string
  /** How the model has it: as a switch and how far, as the own behaviour of a generation, or why not. */
  readonly model: string
}

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
  | 'D14'
  | 'D18'
  | 'D19'
  | 'D21'

/** How a defect is switched on. */
export interface DefectSwitch {
  /** Generations that had it, or that would have it. */
  readonly kernels: readonly string[]
  /** Rules that are others then, by group. */
  readonly rules: { readonly [Group in keyof GenerationRules]?: Partial<GenerationRules[Group]> }
}

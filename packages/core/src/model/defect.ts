import type { GenerationRules } from './generation-rules'

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

/** How a defect is switched on: rules that are others then, by group. */
export type DefectSwitch = {
  readonly [Group in keyof GenerationRules]?: Partial<GenerationRules[Group]>
}

import { MIB } from '../address/units'
import type { Machine } from '../model/machine'

/** Pages of a subsection, the step of the kernel's search when a span shrinks. Source: SUBSECTION_SHIFT, 6.1. @alpha */
export const subsectionPages = (machine: Machine): number =>
  Math.max(1, (2 * MIB) / machine.geometry.pageBytes)

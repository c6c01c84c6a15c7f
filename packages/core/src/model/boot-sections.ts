import type { NodeId } from '../address/brand'
import type { ZoneKey } from './zone'

/** One section that boot memory fills only in part, or with more than one zone. */
interface MixedSection {
  readonly nr: number
  readonly nodeId: NodeId
  /** The highest zone that it has pages of. */
  readonly zone: ZoneKey
  /** Pages that are there; the rest of the section is a hole. */
  readonly pages: number
}

/** Sections of boot memory. */
export interface BootSections {
  readonly runs: { start: number; end: number; nodeId: NodeId; zone: ZoneKey }[]
  readonly mixed: MixedSection[]
}

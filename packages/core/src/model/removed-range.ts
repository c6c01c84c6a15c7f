import type { SectionNr } from '../address/brand'
import type { PhysRange } from '../address/range'
import type { MemoryBlock } from './block'

/** A range on its way out. */
export interface RemovedRange {
  range: PhysRange
  /** Its blocks, as they were: none until a step has found all of them offline. */
  blocks: readonly Readonly<MemoryBlock>[]
  /** The absent section that ends the removal; null where it reaches the end of the range. */
  endedAt: SectionNr | null
}

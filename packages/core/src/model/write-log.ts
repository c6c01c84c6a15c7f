import type { BlockId, SectionNr } from '../address/brand'

/**
 * What was handed out to be written since the log was last emptied: sections and blocks, also those that came or went, and
 * state of drivers. What was written is among it; whoever reads the log empties it.
 * @alpha
 */
export interface WriteLog {
  readonly sections: Set<SectionNr>
  readonly blocks: Set<BlockId>
  /** Whether state of any driver was. */
  drivers: boolean
}

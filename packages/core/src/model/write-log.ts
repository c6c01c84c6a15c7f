import type { BlockId, SectionNr } from '../address/brand'

/**
 * Sections and blocks that were handed out to be written, came or went, since the log was last emptied. Those that were
 * written are among them; whoever reads the log empties it.
 * @alpha
 */
export interface WriteLog {
  readonly sections: Set<SectionNr>
  readonly blocks: Set<BlockId>
}

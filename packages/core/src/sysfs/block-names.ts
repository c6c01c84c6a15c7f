import type { BlockId } from '../address/brand'
import type { Rereader } from '../model/subsystem'

/**
 * Prepares the names in a directory of memory blocks.
 * @param before names that stand before those of the blocks
 * @param rereader keeps the list as long as the blocks are the same
 */
export const namesWithBlocks = (
  before: readonly string[],
  ids: () => readonly BlockId[],
  rereader: Rereader | undefined,
): (() => readonly string[]) =>
  rereader?.names(before, ids) ?? (() => [...before, ...ids().map((id) => `memory${id}`)])

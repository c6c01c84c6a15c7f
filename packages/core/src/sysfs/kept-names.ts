import type { BlockId } from '../address/brand'
import type { WrittenBlocks } from '../block/written-blocks'

const areSameBlocks = (a: readonly BlockId[], b: readonly BlockId[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i])

/** The blocks that a directory has, and what tells when they are to be listed anew. */
export interface ListedBlocks {
  readonly ids: () => readonly BlockId[]
  readonly written: Pick<WrittenBlocks, 'ofList'>
}

/**
 * Prepares the names in a directory of memory blocks. As long as the blocks are the same, so is the list itself: readers that
 * come again see at once that nothing has changed.
 * @param before names that stand before those of the blocks
 */
export function keptNames(
  before: readonly string[],
  { ids, written }: ListedBlocks,
): () => readonly string[] {
  let last: { readonly ids: readonly BlockId[]; readonly names: readonly string[] } | undefined
  let listed: number | undefined
  return () => {
    const version = written.ofList()
    if (last !== undefined && version !== undefined && version === listed) return last.names
    listed = version
    const now = ids()
    if (last === undefined || !areSameBlocks(last.ids, now))
      last = { ids: now, names: [...before, ...now.map((id) => `memory${id}`)] }
    return last.names
  }
}

import type { BlockId } from '../address/brand'

const areSameBlocks = (a: readonly BlockId[], b: readonly BlockId[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i])

/**
 * Prepares the names in a directory of memory blocks. As long as the blocks are the same, so is the list itself: readers that
 * come again see at once that nothing has changed.
 * @param before names that stand before those of the blocks
 */
export function namesWithBlocks(
  before: readonly string[],
  ids: () => readonly BlockId[],
): () => readonly string[] {
  let last: { readonly ids: readonly BlockId[]; readonly names: readonly string[] } | undefined
  return () => {
    const now = ids()
    if (last === undefined || !areSameBlocks(last.ids, now))
      last = { ids: now, names: [...before, ...now.map((id) => `memory${id}`)] }
    return last.names
  }
}

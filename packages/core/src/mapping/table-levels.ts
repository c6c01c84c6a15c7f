import type { PageTableLevel } from '../model/page-table-geometry'

/** A level without what follows from those below it. @beta */
export type LevelBits = Omit<PageTableLevel, 'shift'>

/**
 * Levels of page tables from the bits that each adds to an address.
 * @param pageShift log2 of the bytes of a base page
 * @param levels top first
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export function tableLevels(
  pageShift: number,
  levels: readonly LevelBits[],
): readonly PageTableLevel[] {
  let shift = pageShift
  return levels
    .toReversed()
    .map((level) => {
      const made = { ...level, shift }
      shift += level.indexBits
      return made
    })
    .toReversed()
}

import type { Range } from '../address/range'
import type { PageColumns } from '../model/page'

/**
 * The end of the pages, from the first of a range on, that are of the kind of the first and have its flags.
 * @param range not empty
 */
export function endOfAlike({ kind, flags }: PageColumns, { start, end }: Range): number {
  const [isKind, hasFlags] = [kind[start], flags[start]]
  let at = start + 1
  while (at < end && kind[at] === isKind && flags[at] === hasFlags) at += 1
  return at
}

import { firstEndingFrom } from '@memhp/kernel-files'
import type { Range } from '../address/range'
import type { Resource } from '../model/resource'
import type { MergeResource } from '../model/steps'
import { siblingsOf } from './resource-tree'

/** Memory that is added joins the entries beside it in /proc/iomem. @public */
export const MERGE_RESOURCE: MergeResource = (root, range) => mergeSystemRam(root, range)

/** Joins the entry that is exactly this range with mergeable neighbours of the same name. */
function mergeSystemRam(root: Resource, range: Range): void {
  const siblings = siblingsOf(root, range)
  const canMerge = (a: Resource | undefined, b: Resource | undefined): boolean =>
    a !== undefined &&
    b !== undefined &&
    a.mergeable &&
    b.mergeable &&
    a.name === b.name &&
    a.end + 1 === b.start &&
    a.children.length + b.children.length === 0
  let index = firstEndingFrom(siblings, range.start)
  while (canMerge(siblings[index - 1], siblings[index])) index -= 1
  for (
    let next = siblings[index + 1];
    canMerge(siblings[index], next);
    next = siblings[index + 1]
  ) {
    const kept = siblings[index]
    if (kept !== undefined && next !== undefined) kept.end = next.end
    siblings.splice(index + 1, 1)
  }
}

import { type Range, rangesOverlap } from '@memhp/core'
import type { ResourceInfo } from './topology'

/** A resource that meets a range, and the names of what it lies in, outermost first. */
export interface ResourceHit {
  readonly resource: ResourceInfo
  readonly within: readonly string[]
}

/**
 * Finds what `/proc/iomem` names inside a physical range: kernel code, crash kernel, device memory.
 * @param range bytes, `end` exclusive
 * @returns outer resources before those inside them; empty where nothing meets the range
 */
export function resourcesIn(iomem: readonly ResourceInfo[], range: Range): readonly ResourceHit[] {
  const find = (resources: readonly ResourceInfo[], within: readonly string[]): ResourceHit[] =>
    resources
      .filter((resource) => rangesOverlap(resource, range))
      .flatMap((resource) => [
        { resource, within },
        ...find(resource.children, [...within, resource.name]),
      ])
  return find(iomem, [])
}

import { GIB, MIB } from '@memhp/core'
import type { CapturedKernel } from '@memhp/core/plugin'
import { type S390Options, SECTION_SIZES } from './options'

/** What blocks and the counters of the direct map tell: a leaf size that no memory is mapped by is taken to be not there. */
export function describeS390({ blockBytes, directMap }: CapturedKernel): Partial<S390Options> {
  const has = (leafBytes: number): boolean => (directMap.get(leafBytes) ?? 0) > 0
  const edat = has(2 * GIB) ? 2 : has(MIB) ? 1 : 0
  return {
    ...(directMap.size === 0 ? {} : { edat }),
    ...(SECTION_SIZES.includes(blockBytes) ? { sectionBytes: blockBytes } : {}),
  }
}

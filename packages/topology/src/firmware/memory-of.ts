import type { PhysRange } from '@memhp/core'
import type { BareBlock, DeviceInfo } from '../topology'

/** Adjacent blocks as one range. */
function joinedRanges(blocks: readonly BareBlock[]): readonly PhysRange[] {
  const ranges: PhysRange[] = []
  for (const { start, end } of blocks) {
    const last = ranges.at(-1)
    if (last?.end === start) ranges[ranges.length - 1] = { start: last.start, end }
    else ranges.push({ start, end })
  }
  return ranges
}

/** What a device's blocks tell of it. @param blocks ascending */
export const memoryOf = (
  blocks: readonly BareBlock[],
): Pick<DeviceInfo, 'nodes' | 'blocks' | 'ranges'> => ({
  nodes: [...new Set(blocks.flatMap(({ nodes }) => nodes))].sort((a, b) => a - b),
  blocks: blocks.map(({ id }) => id),
  ranges: joinedRanges(blocks),
})

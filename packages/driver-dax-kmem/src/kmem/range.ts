import {
  alignDown,
  alignUp,
  blockId,
  type Machine,
  type MemoryBlock,
  physAddr,
  type Range,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import type { DaxDevice, KmemRange } from '../state'

/** Whole memory blocks in each of its ranges: what the kernel can take. Source: dax_kmem_range, drivers/dax/kmem.c 6.1 */
export function blockRangesOf({ geometry }: Machine, device: DaxDevice): readonly KmemRange[] {
  return device.ranges.flatMap((range, mapping) => {
    const start = alignUp(range.start, geometry.blockBytes)
    const end = alignDown(range.end, geometry.blockBytes)
    return start < end ? [{ start: physAddr(start), end: physAddr(end), mapping }] : []
  })
}

/** Memory blocks of such a range that are there, ascending. */
export function blocksOf(
  machine: Machine,
  { start, end }: Range,
): readonly Readonly<MemoryBlock>[] {
  const { blockBytes } = machine.geometry
  return Array.from({ length: (end - start) / blockBytes }, (_, i) =>
    findBlock(machine, blockId(start / blockBytes + i)),
  ).flatMap((block) => block ?? [])
}

/** Bytes of ranges together. */
export const bytesOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

import {
  alignDown,
  alignUp,
  blockId,
  type Machine,
  type MemoryBlock,
  type PhysRange,
  physAddr,
  type Range,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import type { DaxDevice } from '../state'

/** The memory of a device. */
export const deviceRange = ({ start, sizeBytes }: DaxDevice): Range => ({
  start,
  end: start + sizeBytes,
})

/** Whole memory blocks in it: what the kernel can take. Undefined where there is none. Source: dax_kmem_range, drivers/dax/kmem.c 6.1 */
export function blockRangeOf({ geometry }: Machine, device: DaxDevice): PhysRange | undefined {
  const range = deviceRange(device)
  const start = alignUp(range.start, geometry.blockBytes)
  const end = alignDown(range.end, geometry.blockBytes)
  return start < end ? { start: physAddr(start), end: physAddr(end) } : undefined
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

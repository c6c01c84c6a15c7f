import {
  alignDown,
  alignUp,
  blockId,
  HotplugError,
  type Machine,
  type MemoryBlock,
  physAddr,
  type Range,
  refusalOf,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { failsAt, reserveRegion } from '@memhp/core/plugin'
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

/**
 * Reserves a range of a device under its name.
 * @returns the refusal, RESOURCE_BUSY (EBUSY), where it is not free
 */
export function reserveRange(
  machine: Machine,
  name: string,
  { start, end, busy }: Range & { readonly busy: boolean },
): HotplugError | undefined {
  const region = { name, range: { start, end }, busy }
  const reserve = (): void => reserveRegion(machine.state.memory.resources, region)
  if (!failsAt(machine, 'dax-kmem/region') && refusalOf(reserve) === undefined) return undefined
  const text = `The memory of ${name} is in use in the resource tree.`
  const detail = { device: name, start, end }
  return new HotplugError('RESOURCE_BUSY', 'EBUSY', text, { detail })
}

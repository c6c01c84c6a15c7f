import { isAligned } from '../address/units'
import type { Machine } from '../model/machine'

/** Pages that the memmap of one block takes. */
export function memmapPagesPerBlock(machine: Machine): number {
  const { memmapBytesPerSection, sectionsPerBlock, pageBytes } = machine.geometry
  return (memmapBytesPerSection * sectionsPerBlock) / pageBytes
}

/**
 * Whether memory of this size may hold its own memmap: the parameter is on, the size is one block, the memmap
 * fills whole large leaves and what remains is whole pageblocks.
 * Source: mhp_supports_memmap_on_memory, mm/memory_hotplug.c 6.1; spec 2.6.
 * @param sizeBytes bytes of the range
 */
export function supportsMemmapOnMemory(machine: Machine, sizeBytes: number): boolean {
  const { arch, geometry, state } = machine
  if (!arch.features.memmapOnMemory || !state.memory.settings.memmapOnMemory) return false
  if (sizeBytes !== geometry.blockBytes) return false
  const memmapPages = memmapPagesPerBlock(machine)
  const { vmemmap } = arch.mapping
  const leafBytes = (vmemmap.kind === 'radix' && vmemmap.leaves[0]) || geometry.pageBytes
  return (
    isAligned(memmapPages * geometry.pageBytes, leafBytes) &&
    isAligned(geometry.pagesPerBlock - memmapPages, geometry.pageblockPages)
  )
}

import { alignUp, isAligned } from '../address/units'
import type { Machine } from '../model/machine'

/** Pages at the start of a block that are kept for its own memmap: all of it, or in mode `force` whole pageblocks. */
export function memmapPagesPerBlock(machine: Machine): number {
  const { memmapBytesPerSection, sectionsPerBlock, pageBytes, pageblockPages } = machine.geometry
  const pages = (memmapBytesPerSection * sectionsPerBlock) / pageBytes
  const isForced = machine.state.memory.settings.memmapOnMemory === 'force'
  return isForced ? alignUp(pages, pageblockPages) : pages
}

/**
 * Whether memory of this size may hold its own memmap: the parameter is on, the size is one block (in 6.12: any number
 * of them), the memmap of a block fills what the arch asks for, in tables, and what remains of it is whole pageblocks.
 * Source: mhp_supports_memmap_on_memory, mm/memory_hotplug.c 6.1; spec 2.6.
 * @param sizeBytes bytes of the range
 * @beta
 */
export function supportsMemmapOnMemory(machine: Machine, sizeBytes: number): boolean {
  const { arch, features, generation, geometry, state } = machine
  if (!features.memmapOnMemory || state.memory.settings.memmapOnMemory === 'N') return false
  const { unit } = generation.rules.memmapOnMemory
  if (unit === 'range' && sizeBytes !== geometry.blockBytes) return false
  const memmapPages = memmapPagesPerBlock(machine)
  if (memmapPages >= geometry.pagesPerBlock) return false
  const { vmemmap } = arch.mapping
  if (vmemmap.kind !== 'radix') return false
  const leafBytes = arch.features.memmapOnMemory === 'leaves' ? vmemmap.leaves[0] : undefined
  const filled = leafBytes ?? geometry.pageBytes
  return (
    isAligned(geometry.memmapBytesPerSection * geometry.sectionsPerBlock, filled) &&
    isAligned(geometry.pagesPerBlock - memmapPages, geometry.pageblockPages)
  )
}

import { alignUp, isAligned } from '../address/units'
import { memmapPagesOfBlock } from '../mapping/memmap-on-memory'
import type { Machine } from '../model/machine'

/** Pages at the start of a block that are kept for its own memmap: all of it, or in mode `force` whole pageblocks. */
export function memmapPagesPerBlock(machine: Machine): number {
  const pages = memmapPagesOfBlock(machine)
  const isForced = machine.state.memory.settings.memmapOnMemory === 'force'
  return isForced ? alignUp(pages, machine.geometry.pageblockPages) : pages
}

/** See `supportsMemmapOnMemory`. */
export function supports(machine: Machine, sizeBytes: number): boolean {
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

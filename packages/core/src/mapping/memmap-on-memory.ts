import type { Machine } from '../model/machine'

/** Pages that the memmap of a block fills. */
export function memmapPagesOfBlock({ geometry }: Pick<Machine, 'geometry'>): number {
  const { memmapBytesPerSection, sectionsPerBlock, pageBytes } = geometry
  return (memmapBytesPerSection * sectionsPerBlock) / pageBytes
}

/**
 * Whether memory of this size may hold its own memmap: the parameter is on, the size is one block (in 6.12: any number
 * of them), the memmap of a block fills what the arch asks for, in tables, and what remains of it is whole pageblocks.
 * Source: mhp_supports_memmap_on_memory, mm/memory_hotplug.c 6.1; spec 2.6.
 * @param sizeBytes bytes of the range
 * @beta
 */
export const supportsMemmapOnMemory = (machine: Machine, sizeBytes: number): boolean =>
  machine.subsystems.memmapOnMemory?.supports(machine, sizeBytes) === true

import type { PhysRange } from '../address/range'
import { kernelTables } from '../mapping/kernel-tables'
import { NO_CHANGE } from '../mapping/mapping-change'
import { freeVmemmapIn } from '../mapping/vmemmap-free'
import { populateIn } from '../mapping/vmemmap-populate'
import type { GenerationRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { MemmapOfSections } from '../model/memmap-model'
import { sectionPages } from '../section/section-table'
import type { ArchParts } from './arch-parts'

/**
 * The memmap of a machine, by its model and mapping.
 * @param selfHosted memory that holds its own struct pages; undefined where they come from elsewhere
 */
export function memmapOf(
  machine: Machine,
  { memmap, mapping }: Pick<ArchParts, 'memmap' | 'mapping'>,
  selfHosted: PhysRange | undefined,
): MemmapOfSections {
  const { vmemmap } = mapping
  if (memmap.keeper !== undefined) return memmap.keeper.of(machine)
  if (vmemmap.kind === 'radix') return memmapInTables(machine, selfHosted)
  if (vmemmap.kind === 'hash') {
    return {
      populate: (section) => vmemmap.populate(machine, section),
      free: (section) => vmemmap.free(machine, section),
    }
  }
  return { populate: () => NO_CHANGE, free: () => NO_CHANGE }
}

/**
 * Struct pages in leaves of the vmemmap region.
 * @param mapping the rules that it keeps to; default: those of the machine's kernel
 */
export function memmapInTables(
  machine: Machine,
  hosted?: PhysRange,
  { emptyTables, neverUsed }: GenerationRules['mapping'] = machine.generation.rules.mapping,
): MemmapOfSections {
  const tables = kernelTables(machine)
  const { reusedMemmap } = machine.generation.rules.mended
  const selfHosted = hosted && machine.subsystems.memmapOnMemory?.hosting(machine, hosted)
  return {
    populate: ({ nr, nodeId }) =>
      populateIn(tables, {
        pages: sectionPages(machine, nr),
        nodeId,
        neverUsed,
        reusedMemmap,
        selfHosted,
      }),
    free: ({ nr, nodeId }) =>
      freeVmemmapIn(tables, { pages: sectionPages(machine, nr), nodeId, emptyTables, selfHosted }),
  }
}

import type { PfnRange, PhysRange } from '../address/range'
import { kernelTables } from '../mapping/kernel-tables'
import { NO_CHANGE } from '../mapping/mapping-change'
import type { PageTables } from '../mapping/table-place'
import { freeVmemmapIn } from '../mapping/vmemmap-free'
import { populateIn } from '../mapping/vmemmap-populate'
import { memmapPart, slotLeaf, slotSize, slotsOf } from '../mapping/vmemmap-slot'
import type { SectionMemmap } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import { sectionPages } from '../section/section-table'
import type { ArchParts } from './arch-parts'
import { allocateSectionMemmap, freeSectionMemmap } from './section-memmap'

/** The struct pages of sections during one add or removal. */
export interface MemmapOfSections {
  /** @throws HotplugError OUT_OF_MEMORY (ENOMEM); nothing has changed then */
  populate(section: SectionMemmap): RegionChange
  /** Never refuses. */
  free(section: SectionMemmap): RegionChange
}

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
  const freeing = memmap.freed === 'never' ? 'leaks' : 'frees'
  if (vmemmap.kind === 'radix') return inTables(machine, { selfHosted, freeing })
  if (vmemmap.kind === 'hash') {
    return {
      populate: (section) => vmemmap.populate(machine, section),
      free: (section) => vmemmap.free(machine, section),
    }
  }
  if (memmap.kind === 'flat') return { populate: () => NO_CHANGE, free: () => NO_CHANGE }
  return {
    populate: (section) => allocateSectionMemmap(machine, section),
    free: (section) => (freeing === 'leaks' ? NO_CHANGE : freeSectionMemmap(machine, section)),
  }
}

function inTables(
  machine: Machine,
  how: { readonly selfHosted: PhysRange | undefined; readonly freeing: 'frees' | 'leaks' },
): MemmapOfSections {
  const tables = kernelTables(machine)
  const { mapping, mended } = machine.generation.rules
  const { emptyTables, neverUsed } = mapping
  const { reusedMemmap } = mended
  const hosting = how.selfHosted === undefined ? {} : { selfHosted: how.selfHosted }
  return {
    populate: ({ nr, nodeId }) =>
      populateIn(tables, {
        pages: sectionPages(machine, nr),
        nodeId,
        neverUsed,
        reusedMemmap,
        ...hosting,
      }),
    free({ nr, nodeId }) {
      const pages = sectionPages(machine, nr)
      if (how.freeing === 'leaks') return leaked(tables, pages)
      return freeVmemmapIn(tables, { pages, nodeId, emptyTables, ...hosting })
    },
  }
}

/** What an empty vmemmap_free does: every leaf stays. */
const leaked = (tables: PageTables, pages: PfnRange): RegionChange => ({
  ...NO_CHANGE,
  left: slotsOf(tables, memmapPart(tables, pages)).map((slot) => ({
    offset: slot.start,
    leafBytes: slotLeaf(tables, slot),
    count: slotSize(slot) / slotLeaf(tables, slot),
    reason: 'leaked',
  })),
})

import type { SectionMemmap } from './kernel-mapping'
import type { Machine } from './machine'
import type { RegionChange } from './mapping-change'
import type { StateSlot } from './state-slot'

/**
 * Where the kernel keeps the struct pages of its sections.
 *
 * | kind | where | an added section takes | source |
 * | --- | --- | --- | --- |
 * | vmemmap | one virtual array, the vmemmap region | leaves of that region | CONFIG_SPARSEMEM_VMEMMAP |
 * | virtual | likewise, but the array is as long as boot made it: `mappable` ends with it | leaves of that region | ia64, CONFIG_VIRTUAL_MEM_MAP |
 * | perSection | pages for each section alone | one chunk, or page by page where there is none | classic CONFIG_SPARSEMEM |
 * | flat | one array of boot's, for all memory that there can be | nothing | CONFIG_FLATMEM |
 * @beta
 */
export interface MemmapModel {
  readonly kind: 'vmemmap' | 'virtual' | 'perSection' | 'flat'
  /**
   * `never` on ia64 and sparc64, whose vmemmap_free is empty: struct pages stay where their section has gone, and serve the
   * next one there. Default: they go with their section.
   */
  readonly freed?: 'never'
  /**
   * What brings struct pages and takes them away, where that is not done by leaves of the vmemmap region that go with their
   * section: `PER_SECTION_MEMMAP` and `neverFreed` have it.
   */
  readonly keeper?: MemmapKeeper
}

/** What keeps struct pages. @beta */
export interface MemmapKeeper {
  /** Its state, and what makes it empty at boot. */
  readonly slot?: StateSlot<unknown>
  boot?(machine: Machine): void
  of(machine: Machine): MemmapOfSections
}

/** The struct pages of sections during one add or removal. @beta */
export interface MemmapOfSections {
  /** @throws HotplugError OUT_OF_MEMORY (ENOMEM); nothing has changed then */
  populate(section: SectionMemmap): RegionChange
  /** Never refuses. */
  free(section: SectionMemmap): RegionChange
}

/** Whether the struct pages are those of one virtual array, in the vmemmap region. */
export const isVirtualArray = ({ kind }: MemmapModel): boolean =>
  kind === 'vmemmap' || kind === 'virtual'

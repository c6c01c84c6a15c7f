import type { PfnRange } from '../address/range'
import { kernelTables } from '../mapping/kernel-tables'
import { NO_CHANGE } from '../mapping/mapping-change'
import type { PageTables } from '../mapping/table-types'
import { memmapPart, slotLeaf, slotSize, slotsOf } from '../mapping/vmemmap-slot'
import type { RegionChange } from '../model/mapping-change'
import type { MemmapModel } from '../model/memmap-model'
import { sectionPages } from '../section/section-table'
import { memmapInTables } from './memmap'

/**
 * A memmap in the vmemmap region whose struct pages stay where their section has gone: vmemmap_free is empty on ia64 and sparc64.
 * @beta
 */
export const neverFreed = (kind: 'vmemmap' | 'virtual'): MemmapModel => ({
  kind,
  freed: 'never',
  keeper: {
    of: (machine) => ({
      ...memmapInTables(machine, undefined, {
        ...machine.generation.rules.mapping,
        neverUsed: 'unmarked',
      }),
      free: ({ nr }) => leaked(kernelTables(machine), sectionPages(machine, nr)),
    }),
  },
})

/** Every leaf stays. */
const leaked = (tables: PageTables, pages: PfnRange): RegionChange => ({
  ...NO_CHANGE,
  left: slotsOf(tables, memmapPart(tables, pages)).map((slot) => ({
    offset: slot.start,
    leafBytes: slotLeaf(tables, slot),
    count: slotSize(slot) / slotLeaf(tables, slot),
    reason: 'leaked',
  })),
})

import { pfn } from '../address/brand'
import { type PhysRange, rangeContains } from '../address/range'
import { kernelTables } from '../mapping/kernel-tables'
import type { PageTables } from '../mapping/table-types'
import { memmapPart } from '../mapping/vmemmap-slot'
import type { Machine } from '../model/machine'
import type { SelfHosting } from '../model/subsystem'

/** See `MemmapOnMemory.hosting`. */
export const hosting = (machine: Machine, range: PhysRange): SelfHosting =>
  hostingIn(kernelTables(machine), range)

/** `hosting`, on tables in hand. */
export function hostingIn(tables: PageTables, { start, end }: PhysRange): SelfHosting {
  const { pageBytes } = tables.shape
  const part = memmapPart(tables, { start: pfn(start / pageBytes), end: pfn(end / pageBytes) })
  return {
    start,
    end,
    holds: (leaf) => rangeContains(part, leaf),
    // They follow each other.
    addressAt: (offset) => start + (offset - part.start),
  }
}

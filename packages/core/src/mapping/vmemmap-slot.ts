import type { PfnRange } from '../address/range'
import { alignDown, alignUp } from '../address/units'
import type { Machine } from '../model/machine'
import { regionPart } from './kernel-tables'
import { childPlace, readEntry, rootPlace } from './page-tables'
import { levelOfLeaf, regionNamed } from './table-shape'
import type { PageTables, RegionPart } from './table-types'

/**
 * Where the struct pages of a range are. They need not be whole base pages: on powerpc with 64 KiB pages those of a
 * section take 16 KiB. Where they are not, the vmemmap has leaves of one size only.
 * @throws HotplugError ADDRESS_OUT_OF_REACH (E2BIG) beyond the region
 */
export function memmapPart(tables: PageTables, pages: PfnRange): RegionPart {
  const { structPageBytes, pageBytes } = tables.shape
  const { firstByte, startAddress } = regionNamed(tables.shape, 'vmemmap')
  const first = startAddress / pageBytes
  const start = firstByte + (pages.start - first) * structPageBytes
  const end = firstByte + (pages.end - first) * structPageBytes
  const offset = alignDown(start, pageBytes)
  const sizeBytes = alignUp(end, pageBytes) - offset
  const { region } = regionPart(tables, { region: 'vmemmap', offset, sizeBytes })
  return { region, start, end }
}

/** Whether it is kept which bytes of a leaf no section uses, so that the leaf goes with the last one: not where no leaf ever goes. */
export const marksUnused = ({ arch, generation }: Machine): boolean =>
  generation.rules.mapping.neverUsed === 'marked' && arch.memmap.freed !== 'never'

/**
 * What one large leaf of the vmemmap can map, in bytes from the region's base, and the part of it in question. Where the
 * region has leaves of one size, so that nothing is decided leaf by leaf, those that are wholly in question are one slot.
 */
export interface Slot {
  readonly start: number
  readonly end: number
  readonly part: RegionPart
}

/** A part of the vmemmap, and what else is in the pages that it begins and ends in. */
export const pagesOf = ({ shape: { pageBytes } }: PageTables, part: RegionPart): RegionPart => ({
  ...part,
  start: alignDown(part.start, pageBytes),
  end: alignUp(part.end, pageBytes),
})

/** Bytes of a slot's leaf. */
export const slotLeaf = (tables: PageTables, { part }: Slot): number =>
  part.region.leaves[0] ?? tables.shape.pageBytes

export const slotSize = (slot: Slot): number => slot.end - slot.start

/** True if all of the slot is in question. */
export const isWholeSlot = (slot: Slot): boolean =>
  slot.part.start === slot.start && slot.part.end === slot.end

/** The slots that a part of the vmemmap touches, ascending. */
export function slotsOf(tables: PageTables, part: RegionPart): readonly Slot[] {
  const slotBytes = part.region.leaves[0] ?? tables.shape.pageBytes
  const isUniform = part.region.leaves.length === 1
  const wholeEnd = alignDown(part.end, slotBytes)
  const slots: Slot[] = []
  let end = alignDown(part.start, slotBytes)
  while (end < part.end) {
    const start = end
    end = isUniform && start >= part.start && start < wholeEnd ? wholeEnd : start + slotBytes
    const clipped = { start: Math.max(start, part.start), end: Math.min(end, part.end) }
    slots.push({ start, end, part: { region: part.region, ...clipped } })
  }
  return slots
}

/** What the tables hold where a slot's large leaf would be. */
export function entryOfSlot(tables: PageTables, slot: Slot): 'none' | 'leaf' | 'table' {
  const { entries } = tables.shape.geometry
  const level = levelOfLeaf(tables.shape, slotLeaf(tables, slot))
  const { region, start: offset } = slot.part
  let place = rootPlace(tables, region, offset)
  for (;;) {
    const { low, high } = readEntry(tables, place)
    if (entries.isNone(low, high, place.level.index)) return 'none'
    if (entries.isLeaf(low, high, place.level.index)) return 'leaf'
    if (place.level === level) return 'table'
    place = childPlace(tables, place, { low, high, offset })
  }
}

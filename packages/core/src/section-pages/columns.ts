import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import type { OwnedColumns, PageColumns } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'

/** The last stamp. Stamps are never used again, on whatever machine. */
let lastStamp = 0

/** Page descriptors of a section, all of kind `offline`. */
export function createColumns({ geometry }: Machine): PageColumns {
  const { maxOrder, pageblockPages, pagesPerSection } = geometry
  const stretchShift = Math.max(maxOrder, Math.log2(pageblockPages))
  const stretches = Math.ceil(pagesPerSection / 2 ** stretchShift)
  return {
    kind: new Uint8Array(pagesPerSection),
    flags: new Uint8Array(pagesPerSection),
    order: new Uint8Array(pagesPerSection),
    owned: null,
    stamps: new Float64Array(stretches).fill(++lastStamp),
    stretchShift,
  }
}

/** The columns of pages with an owner, made now if the section has none yet. */
export function ownedColumns(pages: PageColumns): OwnedColumns {
  const { length } = pages.kind
  pages.owned ??= {
    owner: new Int32Array(length),
    index: new Int32Array(length),
    data: new Uint32Array(length),
  }
  return pages.owned
}

/** Id of the tracked allocation that a page belongs to, 0 for none. */
export const ownerAt = ({ owned }: PageColumns, pageIndex: number): number =>
  owned?.owner[pageIndex] ?? 0

/** Stamps the stretches of a range: whoever writes descriptors of it, or types of its pageblocks, says so. */
export function stampPages({ stamps, stretchShift }: PageColumns, { start, end }: Range): void {
  lastStamp += 1
  const last = (end - 1) >>> stretchShift
  for (let at = start >>> stretchShift; at <= last; at++) stamps[at] = lastStamp
}

/** Stamps the stretch of one page, or of a chunk that begins there. */
export function stampPage({ stamps, stretchShift }: PageColumns, pageIndex: number): void {
  stamps[pageIndex >>> stretchShift] = ++lastStamp
}

/** First place in a range whose entry has the value, `range.end` where none has. */
export function placeOf(column: Uint8Array, range: Range, value: number): number {
  const found = column.subarray(range.start, range.end).indexOf(value)
  return found === -1 ? range.end : range.start + found
}

/** True if the section has page descriptors. */
export const isMaterialised = (section: Readonly<Section>): section is MaterialisedSection =>
  section.pages !== null && section.pageblocks !== null

/** First page of a section. */
export const sectionBase = (machine: Machine, section: Readonly<Section>): number =>
  section.nr * machine.geometry.pagesPerSection

/** Pages of a pageblock as a power of two. Valid for places in a section, which stay below 2^32. */
export const pageblockShift = (machine: Machine): number =>
  31 - Math.clz32(machine.geometry.pageblockPages)

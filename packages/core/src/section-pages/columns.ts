import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import type { PageColumns } from '../model/page'
import type { Section } from '../model/section'

/** A section whose page descriptors are materialised. */
export interface MaterialisedSection extends Section {
  readonly pages: PageColumns
  readonly pageblocks: Uint8Array
}

/** Page descriptors of `pageCount` pages, all of kind `offline`. */
export const createColumns = (pageCount: number): PageColumns => ({
  kind: new Uint8Array(pageCount),
  flags: new Uint8Array(pageCount),
  order: new Uint8Array(pageCount),
  owner: new Int32Array(pageCount),
  index: new Int32Array(pageCount),
  data: new Uint32Array(pageCount),
})

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

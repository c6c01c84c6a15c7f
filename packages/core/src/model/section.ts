import type { NodeId, SectionNr } from '../address/brand'
import type { PageColumns, SectionUse } from './page'
import type { ZoneKey } from './zone'

/**
 * One section of sparse memory. Boot sections exist as runs until one is changed
 * (`section-table.ts`), so that a machine of 64 TiB costs no more than one of 1 GiB.
 * @alpha
 */
export interface Section {
  readonly nr: SectionNr
  readonly nodeId: NodeId
  /** Existed at boot. Lost for ever when the section is removed. */
  readonly early: boolean
  /** Its pages are managed by a zone. */
  online: boolean
  /** The zone of all its pages; null: offline, or a boot section whose zones the boot extents give. */
  zone: ZoneKey | null
  /** What an online section without page columns consists of; ignored when `pages` is set. */
  summary: 'offline' | 'free' | 'isolated' | 'captured' | 'reserved'
  /** Use of an online boot section whose descriptors are not materialised yet (`summary` is `captured`). */
  capturedUse: SectionUse | null
  /** Page descriptors, materialised on first access to a single page. */
  pages: PageColumns | null
  /** Migrate type of each pageblock; null: all `movable` (or `isolate` when `summary` is `isolated`). */
  pageblocks: Uint8Array | null
  /** Migrate types that isolated pageblocks had, and get back; null: all `movable`. Kept where isolation leaves types as they are. */
  typesBefore: Uint8Array | null
  /** Pages at the start that hold the block's own memmap and never reach the buddy allocator. */
  selfHostedPages: number
  /** Pages with PAGE_FLAG.hwpoison, kept while the section has no columns. */
  poisonedPages: number[]
}

/** A section whose page descriptors are materialised. */
export interface MaterialisedSection extends Section {
  readonly pages: PageColumns
  readonly pageblocks: Uint8Array
}

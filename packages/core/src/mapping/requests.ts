import type { NodeId } from '../address/brand'
import type { Range } from '../address/range'
import type { MendedRules } from '../model/generation-rules'
import type { RegionName } from '../model/page-table-geometry'
/** What new leaves map: memory one to one, or pages taken for the purpose, leaf by leaf. @beta */
export type Backing =
  | {
      readonly kind: 'linear' /** Physical address of the range's first byte. */
      readonly address: number
    }
  | { readonly kind: 'allocated' }

/** What is to be mapped, and with which leaves. Offsets and sizes are bytes. @beta */
export interface MapRequest {
  readonly region: RegionName
  /** Bytes from the region's base. */
  readonly offset: number
  readonly sizeBytes: number
  /** Leaf sizes in bytes that may be used. At each place the largest that is aligned there and fits is. */
  readonly leafSizes: readonly number[]
  readonly backing: Backing
  /** Node that new tables, and allocated backing, are taken from if it has memory. */
  readonly nodeId: NodeId
}

/** What is to be unmapped, and by which rules. Offsets and sizes are bytes. @beta */
export interface UnmapRequest {
  readonly region: RegionName
  /** Bytes from the region's base. */
  readonly offset: number
  readonly sizeBytes: number
  /** What becomes of the pages that the leaves map: the direct map keeps them, the memmap frees them. */
  readonly frames: 'keep' | 'free'
  /** What becomes of a large leaf that reaches beyond the range. */
  readonly partialLeaf: 'keep' | 'split'
  /** Whether tables that have become empty go, level by level, as far as the arch lets them. */
  readonly emptyTables: 'free' | 'keep'
  /** What takes the place of a leaf that is split; default: leaves for all of it. */
  readonly splitLeaf?: MendedRules['splitLeaf']
  /** Node that tables for splitting are taken from if it has memory. */
  readonly nodeId: NodeId
  /**
   * x86 quirk (`remove_pte_table` returns early): entries of base pages below this physical address, in bytes, are never
   * cleared, and meeting one skips the rest of its table.
   */
  readonly permanentBelow?: number
  /** Physical addresses, in bytes, of memory that holds its own memmap: pages there are not given back. */
  readonly selfHosted?: Range | undefined
}

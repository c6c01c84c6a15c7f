import { emptyIntervalSet, type IntervalSet } from '../address/interval-set'

/** The kernel's page tables: real pages of the machine that hold real 64-bit entries. @beta */
export interface MappingState {
  /** Pfn of the top-level table. */
  readonly rootPfn: number
  /**
   * Tables by pfn; one that shares its page, by pfn plus the part of the page that is before it. Entry `i` is words
   * `2i` (bits 0-31) and `2i + 1` (bits 32-63). A boot table is here only while it differs from the boot mapping
   * (`boot-table.ts`).
   */
  readonly tables: Map<number, Uint32Array>
  /** Tables that are not in `tables`, for what they hold follows from where they are: ascending, disjoint (`leaf-tables.ts`). */
  readonly leafTables: LeafTables[]
  /** Pages that hold tables and have room for more of the same level (`table-frames.ts`): index of the level, by pfn. */
  readonly partlyUsedPages: Map<number, number>
  /** What boot mapped. Never changes afterwards. */
  boot: BootLayout
  /**
   * Parts of mapped vmemmap leaves that hold the unused marker (0xFD), as byte offsets in the region. A leaf that
   * consists of nothing else is freed.
   */
  readonly unusedVmemmap: IntervalSet
  /** Parts of the vmemmap whose section is present although they hold the marker still, as byte offsets (a defect). */
  readonly staleVmemmap: IntervalSet
  /** Bytes mapped by leaves of the direct map, by leaf size in bytes: what DirectMap* shows. */
  readonly directMapBytes: Map<number, number>
  /** TLB flushes so far: single ranges and whole. A counter of work, not part of the fingerprint. */
  readonly flushes: { ranges: number; all: number }
}

/** Tables of one level in neighbouring places that are full of leaves, all of which map neighbouring memory. @beta */
export interface LeafTables {
  /** Where the first is, as in `tables`. */
  readonly pfn: number
  readonly count: number
  /** Physical address, in bytes, that its first leaf maps. */
  readonly address: number
  /** Level of the tables, 0 being the root's. */
  readonly levelIndex: number
}

/** A stretch of a region mapped at boot with leaves of one size. Offsets are bytes from the region's base. @beta */
export interface BootMapping {
  readonly offset: number
  readonly sizeBytes: number
  /** Physical address of the first byte. */
  readonly address: number
  readonly leafBytes: number
}

/** Boot's mappings by region, ascending and disjoint. @beta */
export interface BootLayout {
  readonly direct: readonly BootMapping[]
  readonly vmemmap: readonly BootMapping[]
  /** Bytes that the DirectMap* counters of the captured host show beyond `direct`, by leaf size; may be negative. */
  readonly unplacedDirectBytes: ReadonlyMap<number, number>
}

/** The state of a kernel that has mapped nothing yet. @param rootPfn of the top-level table */
export const newMappingState = (rootPfn: number): MappingState => ({
  rootPfn,
  tables: new Map(),
  leafTables: [],
  partlyUsedPages: new Map(),
  boot: { direct: [], vmemmap: [], unplacedDirectBytes: new Map() },
  unusedVmemmap: emptyIntervalSet(),
  staleVmemmap: emptyIntervalSet(),
  directMapBytes: new Map(),
  flushes: { ranges: 0, all: 0 },
})

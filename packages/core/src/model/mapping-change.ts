import type { PhysRange } from '../address/range'

/** How many leaves, or entries, of one size. @beta */
export interface LeafCount {
  readonly leafBytes: number
  readonly count: number
}

/** How many tables of one level. @beta */
export interface TableCount {
  /** Name of the level: `PMD`. */
  readonly level: string
  readonly count: number
}

/** How many leaves of one size were replaced by smaller ones. @beta */
export interface SplitCount extends LeafCount {
  readonly smallerLeafBytes: number
}

/** Who has the pages that leaves map. @beta */
export type FrameOwner =
  /** The page allocator. */
  | 'allocator'
  /** Boot memory: they stay reserved when the leaf goes, unless the kernel frees such pages (`mapping.bootPages`). */
  | 'boot'
  /** The memory that comes or goes: it holds its own struct pages. */
  | 'self-hosted'

/** Neighbouring leaves of one size that map part of a removed range still. @beta */
export interface LeftLeaf extends LeafCount {
  /** Bytes from the region's base, of the first. */
  readonly offset: number
  readonly reason:
    | 'partial'
    | 'no-memory-to-split'
    | 'permanent'
    /** Other bytes of it are in use, or are not known to be unused. */
    | 'shared'
    /** The arch never frees it. */
    | 'leaked'
}

/** What came into a region, or left it, by one operation. @beta */
export interface RegionChange {
  /** Leaves that came or went, by size, largest first. */
  readonly leaves: readonly LeafCount[]
  /** Tables that came or went, by level, top first. Boot tables among them. */
  readonly tables: readonly TableCount[]
  /** Pages taken from the page allocator for tables; in a removal, given back, less those taken for splits. */
  readonly tablePages: number
  /** Boot tables that went. */
  readonly bootTables: number
  /** Pages that they took: reserved still, unless the kernel frees such pages (`mapping.bootPages`). */
  readonly bootTablePages: number
  /** Pages behind the leaves, by owner; all zero in the direct map, which maps memory that others own. */
  readonly framePages: Readonly<Record<FrameOwner, number>>
  /** Leaves that a removal replaced by smaller ones, to take only part of them. */
  readonly splits: readonly SplitCount[]
  /** Leaves that were in place already and stay as they are. */
  readonly keptLeaves: number
  /** Leaves that map part of a removed range still. */
  readonly left: readonly LeftLeaf[]
}

/**
 * What one add or one removal of memory changed of the kernel's mappings. Counts go up in the one, down in the other.
 * @beta
 */
export interface MappingChange {
  readonly direct: RegionChange
  /** Struct pages, wherever the memmap model keeps them. */
  readonly memmap: RegionChange
}

/**
 * One such change, as the journal keeps it. An add that failed half-way is two: what came, and what was taken back.
 * @beta
 */
export interface MappingRecord {
  readonly operation: 'add' | 'remove'
  readonly range: PhysRange
  readonly change: MappingChange
}

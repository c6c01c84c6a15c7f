import type { FrameSource } from '../model/frame-source'
import type { MappingState } from '../model/mapping-state'
import type { LevelShape, RegionShape, TableShape } from './table-shape'

/** Page tables as they are stored, and their shape. */
export interface StoredTables {
  readonly shape: TableShape
  readonly state: MappingState
}

/** The kernel's page tables as the functions of this folder see them: shape, state, and where pages come from. */
export interface PageTables extends StoredTables {
  readonly frames: FrameSource
}

/** Which table a walk is at: a level, and any byte offset of the region that the table spans. */
export interface TablePlace {
  readonly region: RegionShape
  readonly level: LevelShape
  readonly offset: number
  /** Page of its first byte; a fraction where it shares a page with tables before it. */
  readonly pfn: number
}

/** A part of a region. Offsets are bytes from its base, end exclusive. */
export interface RegionPart {
  readonly region: RegionShape
  readonly start: number
  readonly end: number
}

/** A leaf as a walk finds it. */
export interface FoundLeaf {
  /** Byte offset of its first byte in the region. */
  readonly offset: number
  readonly sizeBytes: number
  readonly level: LevelShape
  /** Its entry; of a run, the first. */
  readonly low: number
  readonly high: number
}

/** Leaves of one table and one size that map neighbouring memory. The entry is that of the first. */
export interface FoundLeaves extends FoundLeaf {
  readonly count: number
}

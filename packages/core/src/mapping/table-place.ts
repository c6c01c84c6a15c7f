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

import type { Pfn } from '../address/brand'
import type { FrameRuns } from '../allocator/frame-runs'
import type { FrameRun, FrameSource } from '../model/frame-source'
import type { FrameOwner, LeftLeaf } from '../model/mapping-change'
import type { MappingState } from '../model/mapping-state'
import type {
  EntryRun,
  EntryWords,
  LeafRunMarking,
  LeafTableKeeping,
  PageTableGeometry,
  PageTableLevel,
  RegionName,
  TableSharing,
} from '../model/page-table-geometry'
import type { MapRequest, UnmapRequest } from './requests'

// The page tables as the functions of this folder see them. These types name each other, so they are in one place.

/** A leaf as its entries say: one entry, or a run of them. */
export interface LeafSpan {
  /** Byte offset of its first byte in the region. */
  readonly offset: number
  readonly sizeBytes: number
  readonly entries: number
}

/** One level of the tables with what follows from its geometry. */
export interface LevelShape {
  readonly name: string
  /** Place from the top: 0 is the root's. */
  readonly index: number
  /** Bytes that one entry spans. */
  readonly spanBytes: number
  /** Entries of one table. */
  readonly entries: number
  /** Tables are taken from the page allocator by 2^order pages. */
  readonly tableOrder: number
  /** Tables that share such a page; 1 where each has its pages for itself. */
  readonly tablesPerPage: number
  /** Tables of this level stay linked when they are empty. */
  readonly permanent: boolean
  /** Entries that can be one leaf together. */
  readonly run?: RunShape
}

/** A run of entries with what follows from its level. */
export interface RunShape {
  readonly entries: number
  /** Bytes that one run maps. */
  readonly sizeBytes: number
  readonly mark: EntryWords
  /** The run that a leaf entry is a part of; undefined where it is a leaf for itself. @param at byte offset that it covers */
  spanOf(entry: EntryWords, at: number): LeafSpan | undefined
  /** One entry of a run. @param address physical, in bytes, of what this entry maps */
  entry(shape: TableShape, address: number): EntryWords
  /** Writes a run. @returns bytes that it maps; 0 where single entries have to do */
  put(job: MapJob, level: LevelShape, entry: FreeEntry): number
  /** Makes single leaves of a run. Takes no page, so it never fails. */
  split(tables: PageTables, run: WrittenRun): void
}

/** A run that is in a table. */
export interface WrittenRun {
  readonly place: TablePlace
  /** Of the table at the place, for writing. */
  readonly words: Uint32Array
  /** Byte of the region that the run maps first. */
  readonly offset: number
}

/** A region with what follows from the tables' geometry. */
export interface RegionShape {
  readonly name: RegionName
  /** Virtual address from which offsets count: where the top-level entry begins that the region's first byte is in. */
  readonly base: bigint
  /** Offset of the first byte: 0 where the region begins with a top-level entry. */
  readonly firstByte: number
  /** Leaf sizes in bytes, largest first. */
  readonly leaves: readonly number[]
  /** Physical address of the memory that the first byte maps, or whose struct page begins there. */
  readonly startAddress: number
  /** First offset that can never be mapped. */
  readonly limitBytes: number
  /** Index of its first entry in the top-level table. */
  readonly rootIndex: number
}

/** The frames of all tables of one level that boot could make for one region. */
export interface BootFrameArea {
  readonly region: RegionName
  readonly level: number
  /** First pfn of the area. */
  readonly start: number
  /** Bytes of the region that one table spans. */
  readonly tableSpanBytes: number
  /** Pages of one table: a fraction where they share pages. */
  readonly tablePages: number
}

/** Page-table geometry with the numbers that walking needs. Nothing in it changes. */
export interface TableShape {
  readonly geometry: PageTableGeometry
  /** Absent: each table is written down. */
  readonly leafTables: LeafTableOperations | undefined
  /** Absent: each table takes whole pages. */
  readonly sharing: TableSharingOperations | undefined
  readonly pageBytes: number
  readonly structPageBytes: number
  readonly levels: readonly LevelShape[]
  /** Those that are in the tables, in this order. */
  readonly regions: { readonly direct?: RegionShape; readonly vmemmap?: RegionShape }
  /** Pfn of the root, and the areas of the other boot tables. */
  readonly bootRootPfn: number
  readonly bootAreas: readonly BootFrameArea[]
  /** First pfn beyond all boot frames. */
  readonly bootFrameEnd: number
}

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

/** Tables of one level in neighbouring places. */
export interface TableRun {
  /** Where the first is, as in `TablePlace`. */
  readonly pfn: number
  readonly count: number
}

/** What an operation has done to a region so far. Tables are counted by level, 0 being the top one. */
export interface Tally {
  /** By size in bytes. */
  readonly leaves: Map<number, number>
  readonly tables: number[]
  tablePages: number
  bootTables: number
  bootTablePages: number
  readonly framePages: Record<FrameOwner, number>
  /** By size in bytes of the leaf that was split. */
  readonly splits: Map<number, number>
  keptLeaves: number
  readonly left: LeftLeaf[]
}

/** An entry of a table. */
export interface EntryPlace {
  readonly words: Uint32Array
  readonly index: number
  /** Byte offset in the region. */
  readonly at: number
}

/** A free entry, and where the part ends that is to be mapped: bytes of the region. */
export type FreeEntry = EntryPlace & { readonly end: number }

/** Pages that a leaf maps, pages that as many leaves map, tables that as many entries point at, or nothing. */
export type Taken =
  | { readonly kind: 'pages'; readonly pfn: Pfn; readonly order: number }
  | ({ readonly kind: 'page run' } & FrameRun)
  | ({ readonly kind: 'tables'; readonly level: LevelShape } & TableRun)
  | null

/** Neighbouring entries that were written, and what was taken for them. */
export interface Done {
  readonly words: Uint32Array
  readonly index: number
  /** How many. */
  entries: number
  readonly level: LevelShape
  readonly taken: Taken
}

/** A range that is being mapped. */
export interface MapJob {
  readonly tables: PageTables
  readonly request: MapRequest
  readonly smallestLeaf: number
  readonly tally: Tally
  /** What was done so far, in order. */
  readonly done: Done[]
}

/** An entry that maps something, and where the part ends that is to be unmapped: bytes of the region. */
export interface MappedEntry {
  readonly words: Uint32Array
  readonly index: number
  readonly at: number
  readonly end: number
}

/** The same, and how many follow it. */
export type MappedEntries = MappedEntry & {
  /** Entries of the table that the part covers, from this one on. */
  readonly most: number
}

/** A range that is being unmapped. */
export interface UnmapJob {
  readonly tables: PageTables
  readonly request: UnmapRequest
  readonly tally: Tally
  /** Base pages that leaves mapped, on their way back to the page allocator. */
  readonly freed: FrameRuns
  /** Likewise of tables. */
  readonly freedTables: FrameRuns
}

/** How runs are written and read. Whoever writes entries asks the run of their level. */
export interface LeafRunOperations extends LeafRunMarking {
  /** What follows for a run from the level that it is of. @param index of the level */
  of(level: PageTableLevel, run: EntryRun, index: number): RunShape
}

/** A table as one of its stretch. */
export interface LeafTable {
  readonly level: LevelShape
  /** Physical address, in bytes, that its first leaf maps. */
  readonly address: number
  /** How many tables of its stretch are not before it. */
  readonly count: number
}

/** How tables that are full of leaves are kept without being written down. Whoever reads a table reads the same words. */
export interface LeafTableOperations extends LeafTableKeeping {
  /** The table at a place, if it is one that is not written down. */
  at(tables: StoredTables, pfn: number): LeafTable | undefined
  /** An entry of it. */
  entry(tables: StoredTables, pfn: number, index: number): EntryWords | undefined
  /** Its words. */
  words(tables: StoredTables, pfn: number): Uint32Array | undefined
  /** Takes tables out of the stretch that they are in, if they are in one. */
  drop(tables: StoredTables, gone: TableRun): void
  /** Has entries point at new tables. @returns bytes that they map; 0 where tables have to be filled entry by entry */
  put(job: MapJob, place: TablePlace, entry: FreeEntry): number
  /** Gives tables back. @returns bytes that they mapped, from this entry on; 0 where it is to be looked into */
  clear(job: UnmapJob, level: LevelShape, entry: MappedEntries): number
}

/** Where tables are that share pages. */
export interface TableSharingOperations extends TableSharing {
  /** A place in the lowest partly used page of a level; undefined where there is none. */
  freePlace(tables: PageTables, level: LevelShape): number | undefined
  /** Notes whether a page has tables and room for more. @returns how many tables it has */
  notePage(tables: PageTables, page: number, level: LevelShape): number
  /** Gives back the pages of tables that were forgotten, but for those that hold others. @param freed takes single pages on their way back @returns pages that go back */
  giveBack(
    tables: PageTables,
    run: TableRun & { readonly level: LevelShape },
    freed: FrameRuns,
  ): number
}

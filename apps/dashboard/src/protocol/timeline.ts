// What happens to a machine, moment by moment. Plain data.
import type { BlockCell } from './machine-view'

/** A block that is another than the moment before; null: it does not exist. */
export interface BlockChange {
  readonly id: number
  readonly before: BlockCell | null
  readonly after: BlockCell | null
}

/** A file that a reader of /sys or /proc finds changed. */
export interface FileChange {
  readonly path: string
  /** Null: the file did not exist, or does not any more. */
  readonly before: string | null
  readonly after: string | null
}

/** Tables and leaves of one level over the memory that goes. */
export interface LevelView {
  readonly level: string
  /** Tables that it leads through, and those of them that nothing else needs. */
  readonly tables: number
  readonly ownTables: number
  readonly leaves: readonly { readonly leafBytes: number; readonly count: number }[]
}

/** One page table. */
export interface TableNode {
  readonly level: string
  /** Where what it maps begins, in bytes from the beginning of its mapping: with the level what it is known by. */
  readonly offset: number
  /** The table that links to it, as its place in the tree; null for the root. */
  readonly parent: number | null
  /** Leaves of the memory in it. */
  readonly leaves: readonly { readonly leafBytes: number; readonly count: number }[]
}

/** Page tables, each behind the one that links to it; null where there are too many to be told one by one. */
export type TableTree = readonly TableNode[] | null

/** The kernel's mappings of the memory that goes. */
export interface TablesView {
  /** `tables`: page tables. `entries`: a hash page table. `none`: an architecture that maps memory without either. */
  readonly kind: 'tables' | 'entries' | 'none'
  readonly direct: readonly LevelView[]
  readonly vmemmap: readonly LevelView[]
  readonly trees: { readonly direct: TableTree; readonly vmemmap: TableTree }
  readonly hashEntries: { readonly direct: number; readonly vmemmap: number }
}

/** The six structures that describe memory, counted: what a removal frees. */
export interface Structures {
  /** 1. Ranges that firmware's devices hold. */
  readonly deviceRanges: number
  /** 2. Entries below /sys/firmware/memmap. */
  readonly firmwareEntries: number
  /** 3. Lines of /proc/iomem. */
  readonly iomemLines: number
  /** 4. Sections with a memmap, blocks and their files in sysfs. */
  readonly sections: number
  readonly blocks: number
  readonly files: number
  /** 5. Page tables. */
  readonly tables: TablesView
  /** 6. Nodes of the memory that are online. */
  readonly nodes: readonly {
    readonly id: number
    readonly online: boolean
    readonly isGoing: boolean
  }[]
}

/** A zone's span and counts, in pages. */
export interface ZoneView {
  readonly node: number
  readonly name: string
  readonly start: number
  readonly spanned: number
  readonly present: number
}

/** How far a named step of a transaction came. */
interface StepMark {
  readonly operation: string
  readonly step: string
  readonly phase: 'done' | 'failed' | 'undone'
  readonly mayFail: boolean
}

/** An injection point that was passed on the way to a moment. */
export interface PassedPoint {
  /** Its name in docs/injection-points.md: `offline/migrate`, `memory/page-table`. */
  readonly point: string
  /** Its first passing since the moment before, counted from 0 within the deed. */
  readonly first: number
  readonly times: number
}

/** What fails at an injection point, and how that is answered. */
export interface PointView {
  readonly what: string
  readonly errno: string
}

/** One moment: before anything, after a named step, or after an operation as a whole. */
export interface Frame {
  readonly deed: number
  readonly step: StepMark | null
  /** Where something could have failed since the moment before. */
  readonly points: readonly PassedPoint[]
  readonly blocks: readonly BlockChange[]
  readonly files: readonly FileChange[]
  /** Index into `Timeline.structures`, `Timeline.zones`. */
  readonly structures: number
  readonly zones: number
  /** How much of the journal has been written. */
  readonly uevents: number
  readonly log: number
}

/** One thing that was done: a write to a file, a plug, a step of a scenario. */
export interface DeedView {
  readonly title: string
  /** What a person would type; null where it is not a write. */
  readonly command: string | null
  readonly outcome: 'done' | 'refused'
  readonly errno: string | null
  readonly message: string | null
  /** Blocks that it is about. */
  readonly blocks: readonly number[]
  /** Of a recorded trace: what real kernel and model say otherwise; null where nothing was compared. */
  readonly differences: readonly string[] | null
  readonly isUndo: boolean
}

/** Where a fault stands: at an injection point within one deed. */
export interface FaultWish {
  readonly deed: number
  readonly point: string
  /** Which passing of the point fails, counted from 0 within the deed; null: every one. */
  readonly pass: number | null
}

/** Why a removal did not happen. */
export interface WhyView {
  readonly title: string
  readonly message: string
  readonly errno: string | null
  readonly block: number | null
  readonly remedies: readonly string[]
}

/** A plan, told. */
export interface PlanView {
  readonly sizeBytes: number
  readonly verdict: 'goes' | 'refuses' | 'stalls' | 'already-offline'
  readonly confidence: 'certain' | 'likely' | 'uncertain'
  readonly reasons: readonly string[]
  readonly remedies: readonly string[]
  /** What a person would type, in order. */
  readonly commands: readonly string[]
  /** Index into `commands`. */
  readonly pointOfNoReturn: number | null
  readonly warnings: readonly string[]
}

/** All that happened. */
export interface Timeline {
  readonly deeds: readonly DeedView[]
  readonly frames: readonly Frame[]
  readonly structures: readonly Structures[]
  readonly zones: readonly (readonly ZoneView[])[]
  readonly uevents: readonly string[]
  readonly log: readonly string[]
  readonly outcome: 'removed' | 'offlined' | 'refused' | 'contradicted' | 'ran' | 'failed'
  readonly why: WhyView | null
  /** Whether all that was allocated for the memory came back; null where nothing was removed. */
  readonly balanced: boolean | null
  readonly fault: FaultWish | null
  /** The first moment after the fault; null where nothing failed. */
  readonly brokeAt: number | null
  /** By name: every point that was passed. */
  readonly points: Readonly<Record<string, PointView>>
}

import type { NodeId } from '../address/brand'
import type { IntervalSet } from '../address/interval-set'

/** `<node>/<zone name>`, as in the flat view: `0/Normal`. @public */
export type ZoneKey = `${number}/${string}`

/**
 * What a zone is for, whatever it is called. Kernel memory (page tables, struct pages, all that cannot move) comes from
 * `dma` and `normal` zones only: `highmem` has no addresses in the kernel's direct map.
 * @public
 */
export type ZoneKind = 'dma' | 'normal' | 'highmem' | 'movable' | 'device'

/** One zone of one node. Page counts are in base pages. @public */
export interface Zone {
  readonly key: ZoneKey
  readonly nodeId: NodeId
  readonly name: string
  readonly kind: ZoneKind
  /** Position in the arch's zone order (lowest first); Movable and Device come last. */
  readonly index: number
  /**
   * First pfn of the span; 0 when `spannedPages` is 0. Quirk of 2012: a zone that was prepared for pages which it did not
   * get begins where those do.
   */
  startPfn: number
  /**
   * Pages of the span. Quirk of 3.10: negative, where onlining moved a block between zones that lie the wrong way round, so
   * that the span ends below its start (the kernel's unsigned number wraps around).
   */
  spannedPages: number
  /**
   * Quirk of 3.10: onlining moved a block into it from a neighbour that lay on the wrong side, so that memory of the zone
   * may be outside its span from then on, until the zone has none.
   */
  isTorn: boolean
  /** Where memory joins a zone as it is added: it had pages, or was prepared for some, since its node came online. */
  isInitialised: boolean
  presentPages: number
  /** Present pages that were there at boot. */
  presentEarlyPages: number
  managedPages: number
  /** Pages of boot memory that only movable memory may use (CMA). The number stays as it is from boot on. */
  cmaPages: number
  /** Pageblocks under isolation. */
  isolatedPageblocks: number
  /** Online memory of this zone, by pfn. What shrinking the span looks at. */
  readonly online: IntervalSet
  readonly free: FreeArea
  /** Per-CPU lists are disabled while the zone is being offlined (a nesting count). */
  perCpuDisabled: number
  /** Free pages that sit in per-CPU lists. */
  readonly perCpu: number[]
}

/** Free chunks of one order and type, by their first pfns, as a list that is linked both ways; -1: none. @public */
export interface FreeList {
  /** What is allocated next. */
  first: number
  last: number
  /** Of each chunk the one behind it, and the one before it. */
  readonly next: Map<number, number>
  readonly previous: Map<number, number>
  /** A snapshot holds it, too: it is copied before it is written. */
  isShared: boolean
}

/** The buddy allocator's half of a zone. @public */
export interface FreeArea {
  /**
   * Free chunks by `order * MIGRATE_TYPES + type`; a list is made when its first chunk comes. Chunks of untouched sections are
   * not here.
   */
  readonly lists: Map<number, FreeList>
  /** Sections that are wholly free and untouched, as runs of pfns in allocation order. */
  readonly untouchedRuns: { start: number; end: number }[]
  /** Section numbers of boot sections whose use is known but not materialised, in allocation order. */
  readonly captured: Set<number>
  /** Free pages of captured sections (they are in no list yet). */
  capturedFreePages: number
  /** Blocks that came online since boot, by their first pfn, the last one last; kept where they are allocated from first. */
  readonly onlined: number[]
  /** Free pages outside isolated pageblocks: lists, untouched runs and captured sections together. */
  freePages: number
}

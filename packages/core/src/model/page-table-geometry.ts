/**
 * The shape of a radix page table, as data. Source: spec 7.2 to 7.4.
 *
 * | field | x86_64, 4 levels |
 * | --- | --- |
 * | levels | top first: name, indexBits, shift |
 * | entry bits | below, as two 32-bit words |
 * @beta
 */
export interface PageTableLevel {
  /** `PGD`, `P4D`, `PUD`, `PMD`, `PTE`. */
  readonly name: string
  readonly indexBits: number
  /** log2 of the bytes that one entry spans. */
  readonly shift: number
  /** Entries that can be marked to be one leaf together; default: none can. Not of the top level. */
  readonly run?: EntryRun
  /**
   * Tables of this level that share one page, where they are smaller: a power of two. Default: each takes whole pages.
   * Not of the top level. The geometry has `sharing` then.
   * Source: page_table_alloc, arch/s390/mm/pgalloc.c 6.1; pte_fragment_alloc, arch/powerpc/mm 6.1.
   */
  readonly tablesPerPage?: number
}

/**
 * Neighbouring entries of a level that are one leaf, though each of them is written: aligned to its size, a bit is set
 * in all of them, and they map neighbouring memory.
 * Source: the contiguous bit, Arm ARM D8.6.1; CONT_PTES, arch/arm64 6.1.
 * @beta
 */
export interface EntryRun {
  /** A power of two, less than what a table of the level holds. */
  readonly entries: number
  /** 0 to 63: the bit that is set in each entry of a run, and in no other leaf of the level. */
  readonly markBit: number
  /** How runs are written and read: `LEAF_RUNS`. */
  readonly marking: LeafRunMarking
}

/**
 * What marks neighbouring entries to be one leaf: `LEAF_RUNS` of @memhp/core/plugin, which is core's from within.
 * @beta
 */
export interface LeafRunMarking {
  readonly marks: 'runs of leaves'
}

/** A 64-bit page-table entry or mask as two words: `low` holds bits 0 to 31. @beta */
export interface EntryWords {
  readonly low: number
  readonly high: number
}

/** The kernel's own mappings: all memory one to one, and the virtual array of struct pages. @beta */
export type RegionName = 'direct' | 'vmemmap'

/**
 * How entries are written and read. `levelIndex` counts from the top: 0 is `levels[0]`. The address is a field of an entry: of
 * entries for addresses at equal distances, each is the same number above the one before it.
 * @beta
 */
export interface EntryFormat {
  /** Entry that maps nothing. Zero on most architectures, not on s390. */
  none(levelIndex: number): EntryWords
  /** Entry of this level that points at a table of the next. @param tableAddress physical, in bytes */
  table(tableAddress: number, levelIndex: number): EntryWords
  /** Entry that maps memory at this level. @param address physical, in bytes */
  leaf(address: number, levelIndex: number): EntryWords
  isNone(low: number, high: number, levelIndex: number): boolean
  isLeaf(low: number, high: number, levelIndex: number): boolean
  /** Physical address in bytes of the table or memory that the entry names. */
  address(low: number, high: number, levelIndex: number): number
  /** Flags as QEMU's `info tlb` prints them, for people and for comparing with recordings. */
  flags?(low: number, high: number, levelIndex: number): string
  /** What each letter of `flags` means, in the order in which they are printed: `{ X: 'no-execute' }`. */
  readonly flagMeanings?: Readonly<Record<string, string>>
  /** What `bitEntries` made it of, for checks. */
  readonly bits?: EntryBits
}

/** A letter by which people know a bit of an entry, the bit, and what it means where it is set. @beta */
export type BitLetter = readonly [letter: string, bit: number, meaning: string]

/** What `bitEntries` makes entries of: 64-bit words told apart by bits, which are numbered from 0. The empty entry is zero. @beta */
export interface EntryBits {
  /** Bits that are set in an entry that points at a table. */
  readonly table: readonly number[]
  /** Bits that are set in an entry of the last level, which maps a base page. */
  readonly leaf: readonly number[]
  /** Bits that are set in a leaf above the last level; default: those of `leaf`. */
  readonly largeLeaf?: readonly number[]
  /** Above the last level, an entry with any of these bits is a leaf; one without is a table. Default: only the last level has leaves. */
  readonly leafMark?: readonly number[]
  /** Bits that do not make an empty entry count as one that maps something. */
  readonly stray?: readonly number[]
  /** The physical address, each bit in its place: of a table from bit `from`, of a leaf from that of its size. */
  readonly address: { readonly from: number; readonly end: number }
  /** What `flags` prints, in this order, a dash for a bit that is clear. */
  readonly letters?: readonly BitLetter[]
}

/**
 * What keeps tables that are full of leaves as numbers: `LEAF_TABLES` of @memhp/core/plugin, which is core's from within.
 * @beta
 */
export interface LeafTableKeeping {
  readonly keeps: 'tables full of leaves'
}

/**
 * Where tables are that share pages: `SHARED_TABLE_PAGES` of @memhp/core/plugin, which is core's from within.
 * @beta
 */
export interface TableSharing {
  readonly shares: 'pages of tables'
}

/** The kernel's page tables as data: levels, entry format, regions. @beta */
export interface PageTableGeometry {
  readonly levels: readonly PageTableLevel[]
  /**
   * Levels whose tables stay when they have become empty: `['PUD']` on x86 with four levels, whose PGD entries
   * are never cleared. The top-level table always stays and is not named.
   */
  readonly permanentTables: readonly string[]
  /**
   * When the tables come that the top level points at: as each is first needed, which is the default, or all that the regions
   * can need at boot (riscv). Those of boot must be permanent.
   */
  readonly secondTables?: 'as-needed' | 'at-boot'
  /**
   * Physical address in bytes, above all memory that the architecture can have, from which the frames of boot
   * tables and of the boot memmap are numbered (`boot-table.ts` says why).
   */
  readonly bootFrameBase: number
  /**
   * How processors are told that leaves went: by ranges, which is the default; or `all` of the TLB, after each table of
   * base pages and at the end (x86).
   */
  readonly flush?: 'range' | 'all'
  /** Bytes of an entry: 8, which is the default, or 4 (x86 with 32 bits and without PAE). Of one of 4 `high` is 0. */
  readonly entryBytes?: 4 | 8
  readonly entries: EntryFormat
  /**
   * `LEAF_TABLES` on architectures that map much memory by base pages: it keeps tables that are full of leaves as numbers, and
   * takes them at once. Default: each table is written down.
   */
  readonly leafTables?: LeafTableKeeping
  /** `SHARED_TABLE_PAGES` where levels have `tablesPerPage`. Default: each table takes whole pages. */
  readonly sharing?: TableSharing
}

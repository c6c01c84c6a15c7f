/**
 * The shape of a radix page table, as data. Source: spec 7.2 to 7.4.
 *
 * | field | x86_64, 4 levels |
 * | --- | --- |
 * | levels | top first: name, indexBits, shift |
 * | entry bits | below, as two 32-bit words |
 */
export interface PageTableLevel {
  /** `PGD`, `P4D`, `PUD`, `PMD`, `PTE`. */
  readonly name: string
  readonly indexBits: number
  /** log2 of the bytes that one entry spans. */
  readonly shift: number
}

/** A 64-bit page-table entry or mask as two words: `low` holds bits 0 to 31. */
export interface EntryWords {
  readonly low: number
  readonly high: number
}

/** A region of kernel virtual space. `base` is a multiple of what one top-level entry spans. */
export interface VirtualRegion {
  readonly name: 'direct' | 'vmemmap'
  readonly base: bigint
}

export interface PageTableGeometry {
  readonly levels: readonly PageTableLevel[]
  readonly regions: { readonly direct: VirtualRegion; readonly vmemmap: VirtualRegion }
  /** Leaf sizes in bytes that the direct map may use, largest first, and how /proc/meminfo names each: `DirectMap1G`. */
  readonly directLeaves: readonly { readonly sizeBytes: number; readonly counter: string }[]
  /** Leaf sizes in bytes that the vmemmap may use, largest first. */
  readonly vmemmapLeaves: readonly number[]
  /** How entries are written and read. */
  readonly entries: {
    /** Entry that points at the next table. */
    table(tableAddress: number): EntryWords
    /** Entry that maps memory at this level. */
    leaf(address: number, levelIndex: number): EntryWords
    isNone(low: number, high: number): boolean
    isLeaf(low: number, high: number, levelIndex: number): boolean
    /** Physical address in bytes of the table or memory that the entry names. */
    address(low: number, high: number, levelIndex: number): number
    /** Flags as QEMU's `info tlb` prints them, for people and for comparing with recordings. */
    flags?(low: number, high: number, levelIndex: number): string
  }
}

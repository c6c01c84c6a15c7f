import type { NodeId, SectionNr } from '../address/brand'
import type { PhysRange } from '../address/range'
import type { Machine } from './machine'
import type { LeftLeaf, RegionChange } from './mapping-change'
import type { PageTableGeometry, RegionName } from './page-table-geometry'

/*
 * How the kernel maps memory for itself, region by region. The regions of one kernel need not be alike:
 *
 * | | direct map | vmemmap |
 * | --- | --- | --- |
 * | x86-64, arm64, s390, powerpc radix | radix | radix |
 * | powerpc hash | hash | hash |
 * | ia64, sparc64 | fixed | radix |
 * | loongarch 6.1, sh | fixed | none: the memmap has another model |
 */

/** A region that is in the arch's page tables. @beta */
export interface RadixRegion {
  readonly kind: 'radix'
  /** Virtual address of its first byte: a multiple of what one entry of the top level spans. */
  readonly base: bigint
  /** Leaf sizes in bytes that it may use, largest first. Of the direct map also what a run of entries maps (`EntryRun`). */
  readonly leaves: readonly number[]
  /**
   * Physical address, in bytes, of the memory that its first byte maps, or whose struct page begins there: whole sections,
   * and a multiple of the largest leaf of the direct map. Nothing below it is in the region. Default 0.
   * Source: memstart_addr, arch/arm64/mm/init.c 6.1.
   */
  readonly startAddress?: number
}

/** How /proc/meminfo names what leaves of one size map: `DirectMap1G`. @beta */
export interface LeafCounter {
  readonly sizeBytes: number
  readonly counter: string
}

/** A direct map in page tables. @beta */
export interface RadixDirectMap extends RadixRegion {
  /** Counters of /proc/meminfo, in its order; default none. */
  readonly counters?: readonly LeafCounter[]
  /** Quirk of powerpc: hot-added memory is mapped by no leaf larger than a memory block, so that removal never splits one. */
  readonly largestAddedLeaf?: 'block'
  /**
   * Quirk of x86 (`remove_pte_table` returns early): entries of base pages below this physical address, in bytes, are
   * never cleared, and meeting one skips the rest of its table. Default: there are none.
   */
  readonly permanentBelow?: number
  /** What becomes of a large leaf that removal meets only a part of; default `split`. */
  readonly partialLeaf?: 'split' | 'keep'
  /**
   * `FIXED_AT_BOOT` where adding and removing memory do nothing to it; default: they map and unmap. So it is on x86 with 32 bits:
   * memory that is added is HighMem wherever it lies, and memory that is removed stays mapped.
   * Source: arch_add_memory, arch_remove_memory, arch/x86/mm/init_32.c 3.10; series of 2012, section 5.2.
   */
  readonly fixedAtBoot?: FixedDirectMap
}

/** A direct map that stays as boot made it. @beta */
export interface FixedDirectMap {
  /** Leaves that map a range still which is removed. */
  left(machine: Machine, range: PhysRange): readonly LeftLeaf[]
}

/** A section whose struct pages come or go, and the node that pages are taken from. @beta */
export interface SectionMemmap {
  readonly nr: SectionNr
  readonly nodeId: NodeId
}

/** A direct map that the arch itself enters into a hash table, page by page. @beta */
export interface HashDirectMap {
  readonly kind: 'hash'
  readonly base: bigint
  /** Counters of /proc/meminfo, in its order, of kernels that count such a map; default none. */
  readonly counters?: readonly LeafCounter[]
  /** What it maps, in bytes, and the size of its pages. */
  mapped(machine: Machine): { readonly bytes: number; readonly pageBytes: number }
  /**
   * Maps a range one to one.
   * @throws HotplugError OUT_OF_MEMORY, MAPPING_FAILED, after undoing what this call did
   */
  map(machine: Machine, range: PhysRange): RegionChange
  /** Takes the mapping of a range away. Never refuses. */
  unmap(machine: Machine, range: PhysRange): RegionChange
}

/** A vmemmap that the arch itself enters into a hash table. @beta */
export interface HashVmemmap {
  readonly kind: 'hash'
  readonly base: bigint
  /** Maps the struct pages of a section. @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did */
  populate(machine: Machine, section: SectionMemmap): RegionChange
  /** Takes the struct pages of a section away, and the pages that hold those of no other section. Never refuses. */
  free(machine: Machine, section: SectionMemmap): RegionChange
}

/** A region that is mapped from the start, without tables: ia64's region 7, windows of MIPS and loongarch. @beta */
export interface FixedRegion {
  readonly kind: 'fixed'
  readonly base: bigint
  /**
   * What the kernel's miss handler, or boot, enters for an address, where processors map it by translations of some size
   * and not by a window.
   * @param address physical, in bytes
   * @returns null where nothing maps it
   */
  readonly translation?: (machine: Machine, address: number) => FixedTranslation | null
}

/** A translation that maps memory one to one. @beta */
export interface FixedTranslation {
  /** First physical address that it maps, in bytes. */
  readonly start: number
  /** A power of two. */
  readonly bytes: number
  /** Where it is, in the arch's words: `granule of region 7`. */
  readonly place: string
}

/** A region that the kernel does not have. @beta */
export interface NoRegion {
  readonly kind: 'none'
}

/** How the direct map is made: with page tables, a hash page table, or without either. @beta */
export type DirectMapping = RadixDirectMap | HashDirectMap | FixedRegion | NoRegion
/** How the region of struct pages is made. @beta */
export type VmemmapMapping = RadixRegion | HashVmemmap | NoRegion

/** The regions of an arch's kernel and the tables that those of kind `radix` are in. @beta */
export interface KernelMapping {
  /** Present exactly where a region is `radix`. All such regions are under one root. */
  readonly tables?: PageTableGeometry
  readonly direct: DirectMapping
  /** `none` where the memmap has a model that needs no such region. */
  readonly vmemmap: VmemmapMapping
}

/** One entry by which a kernel without page tables maps a page for itself. @beta */
export interface MappingEntry {
  readonly region: RegionName
  /** 64 bits, unsigned: the page's first byte. */
  readonly virtualAddress: bigint
  /** The same, in bytes from the region's first. */
  readonly offset: number
  /** Bytes of the page. */
  readonly pageBytes: number
  /** What it maps, in bytes. Pages of struct pages that are mapped at boot are numbered beyond all memory. */
  readonly physicalAddress: number
  /** Where the entry is, in the arch's words: `group 0x1f, slot 2`. */
  readonly place: string
  /** What is behind the page: the memory itself, pages of the page allocator, or reserved boot memory. */
  readonly backing: 'memory' | 'allocated' | 'boot'
}

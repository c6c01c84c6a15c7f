/**
 * What a page frame is used for. The numbers are stored in `PageColumns.kind`, one byte a page.
 * Source: page flags of Linux 6.1 (include/linux/page-flags.h), reduced to what hot-plug asks of a page.
 * @alpha
 */
export const PAGE_KIND = {
  /** The memmap is poisoned or was never initialised: the page is offline or a hole. */
  offline: 0,
  /** Reserved at boot, or a hole inside an online section. Never moves, in any zone. */
  reserved: 1,
  /** First page of a free chunk in the buddy allocator; `order` is valid. */
  free: 2,
  /** A later page of a free chunk. */
  freeTail: 3,
  /** In a per-CPU list: free, but not in the buddy allocator until the lists are drained. */
  perCpu: 4,
  /** On the LRU: page cache, tmpfs or anonymous memory; migratable unless pinned. */
  lru: 5,
  /** Kernel memory that cannot move: slab, stacks, vmalloc, driver buffers. */
  slab: 6,
  /** A page of the kernel's page tables. */
  table: 7,
  /** Backs struct pages (vmemmap). */
  memmap: 8,
  /** Holds its own block's memmap (memmap_on_memory). */
  selfHostedMemmap: 9,
  /** PageOffline: withheld by a balloon or by virtio-mem. */
  withheld: 10,
  /** First page of a huge page in use; `order` is valid. */
  hugetlb: 11,
  /** First page of a free huge page in the pool; `order` is valid. */
  hugetlbFree: 12,
  /** A later page of a huge page. */
  hugetlbTail: 13,
} as const

/** Name of a kind of page use. @alpha */
export type PageKindName = keyof typeof PAGE_KIND

/** Bits of `PageColumns.flags`. @alpha */
export const PAGE_FLAG = {
  /** Hardware error: never allocated, skipped by isolation and by offlining. */
  hwpoison: 1,
  /** A long-term reference is held: the page is on the LRU but migration fails. */
  pinned: 2,
  /** Withheld since its block came online: the allocator never had it. */
  unused: 4,
} as const

/** Migrate types of pageblocks and of free lists, in the kernel's order, but for CMA, which not every kernel has. @alpha */
export const MIGRATE_TYPE = {
  unmovable: 0,
  movable: 1,
  reclaimable: 2,
  highatomic: 3,
  isolate: 4,
  cma: 5,
} as const
/** Name of a migrate type. @alpha */
export type MigrateTypeName = keyof typeof MIGRATE_TYPE
/** Migrate type names as /proc/pagetypeinfo has them, by number. @alpha */
export const MIGRATE_TYPE_LABELS = [
  'Unmovable',
  'Movable',
  'Reclaimable',
  'HighAtomic',
  'Isolate',
  'CMA',
] as const
/** How many migrate types there are. @alpha */
export const MIGRATE_TYPES: number = MIGRATE_TYPE_LABELS.length

/**
 * The page descriptors of one section, one entry a page, by the page's place in the section.
 *
 * | column | bytes | holds |
 * | --- | --- | --- |
 * | kind | 1 | `PAGE_KIND` |
 * | flags | 1 | `PAGE_FLAG` bits |
 * | order | 1 | order of the chunk that begins here (free and huge pages), else 0 |
 *
 * `stamps` has one entry a stretch of 2^`stretchShift` pages, which no chunk crosses: when its descriptors, or the types of
 * its pageblocks, were last written. Two stretches with the same stamp are the same.
 * @alpha
 */
export interface PageColumns {
  readonly kind: Uint8Array
  readonly flags: Uint8Array
  readonly order: Uint8Array
  /** Null: no page of the section ever had an owner. */
  owned: OwnedColumns | null
  readonly stamps: Float64Array
  readonly stretchShift: number
}

/**
 * What the pages of a section that belong to tracked allocations hold, by the page's place in the section; 0 for others.
 *
 * | column | bytes | holds |
 * | --- | --- | --- |
 * | owner | 4 | id of the `TrackedAllocation` |
 * | index | 4 | the page's place in its owner |
 * | data | 4 | a word that stands for the content of the page |
 * @alpha
 */
export interface OwnedColumns {
  readonly owner: Int32Array
  readonly index: Int32Array
  readonly data: Uint32Array
}

/**
 * An allocation with a reverse map (index to pfn), so that migration can be followed and its content verified: a file, an
 * anonymous mapping, the captured background.
 * @public
 */
export interface TrackedAllocation {
  readonly id: number
  readonly name: string
  readonly kind: 'file' | 'anonymous' | 'kernel' | 'background'
  /** Where each page of the owner is, by index; -1 where it has none. Empty for `background`, which is never looked up. */
  readonly pages: Float64Array
  /** Content of page `i` is `ownerWord(seed, i)`; migration must preserve it. */
  readonly seed: number
}

/** How the pages of one boot section are used, in pages. Descriptors are materialised on first access. @alpha */
export interface SectionUse {
  reserved: number
  unmovable: number
  movable: number
  pinned: number
  withheld: number
  poisoned: number
  hugetlb: number
  hugetlbFree: number
}

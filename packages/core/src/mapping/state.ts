/** The kernel's page tables: real pages of the machine that hold real 64-bit entries. */
export interface MappingState {
  /** Pfn of the top-level table; null where the arch has no page tables. */
  rootPfn: number | null
  /** Tables by pfn. Entry `i` is words `2i` (bits 0-31) and `2i + 1` (bits 32-63). */
  readonly tables: Map<number, Uint32Array>
  /** Boot mappings not laid out yet, by top-level entry index. Laid out when somebody first walks there. */
  readonly pendingBoot: Map<number, readonly BootMapping[]>
  /** Bytes mapped by leaves of the direct map, by leaf size in bytes: what DirectMap* shows. */
  readonly directMapBytes: Map<number, number>
  /** TLB flushes so far: single ranges and whole. A counter of work, not part of the fingerprint. */
  readonly flushes: { ranges: number; all: number }
}

/** A stretch of a region mapped at boot with leaves of one size. Offsets are bytes from the region's base. */
export interface BootMapping {
  readonly region: 'direct' | 'vmemmap'
  readonly offset: number
  readonly sizeBytes: number
  /** Physical address of the first byte. */
  readonly address: number
  readonly leafBytes: number
}

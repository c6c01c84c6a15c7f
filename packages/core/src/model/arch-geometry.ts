/** One zone of the arch, lowest first. Movable (and Device) are added by core and not named here. @beta */
export interface ArchZone {
  /** As /proc/zoneinfo prints it: `DMA32`. */
  readonly name: string
  /** `highmem` at most for the last one: the direct map ends where it begins. */
  readonly kind: 'dma' | 'normal' | 'highmem'
  /** First physical address beyond the zone, in bytes; null for the last one. */
  readonly endAddress: number | null
}

/** Numbers that shape memory on an architecture. Source: spec section 7.1. @beta */
export interface ArchGeometry {
  /** Base page: 12 for 4 KiB. */
  readonly pageShift: number
  readonly sectionSizeBits: number
  readonly maxPhysMemBits: number
  /** Largest order of the buddy allocator, inclusive: 10 on x86. */
  readonly maxOrder: number
  /** Pages of a pageblock, as an order: 9 on x86. */
  readonly pageblockOrder: number
  /** Pages of a gigantic huge page, as an order: 18 on x86. Absent: there are none, or none of more than one section. */
  readonly giganticOrder?: number
  readonly structPageBytes: number
  /** Bytes of a processor's word: 8, which is the default, or 4. */
  readonly wordBytes?: 4 | 8
  readonly zones: readonly ArchZone[]
}

import type { ArchGeometry } from './arch-geometry'

/** Sizes that follow from the arch and the machine's memory block size. Pages are base pages. @public */
export interface Geometry {
  readonly pageShift: number
  readonly pageBytes: number
  readonly pagesPerSection: number
  readonly sectionBytes: number
  readonly blockBytes: number
  readonly pagesPerBlock: number
  readonly sectionsPerBlock: number
  readonly pageblockPages: number
  readonly maxOrder: number
  /** Pages of a gigantic huge page, as an order; undefined where there are none. */
  readonly giganticOrder: number | undefined
  /** Bytes of struct pages for one section. */
  readonly memmapBytesPerSection: number
}

export function geometryOf(arch: ArchGeometry, blockBytes: number): Geometry {
  const { pageShift, sectionSizeBits, pageblockOrder, maxOrder, structPageBytes, giganticOrder } =
    arch
  const pageBytes = 2 ** pageShift
  const sectionBytes = 2 ** sectionSizeBits
  const pagesPerSection = sectionBytes / pageBytes
  return {
    pageShift,
    pageBytes,
    pagesPerSection,
    sectionBytes,
    blockBytes,
    pagesPerBlock: blockBytes / pageBytes,
    sectionsPerBlock: blockBytes / sectionBytes,
    pageblockPages: 2 ** pageblockOrder,
    maxOrder,
    giganticOrder,
    memmapBytesPerSection: pagesPerSection * structPageBytes,
  }
}

/** Orders of the huge pages that a machine has, the smallest first. @alpha */
export function hugePageOrders({
  pageblockPages,
  giganticOrder,
}: Pick<Geometry, 'pageblockPages' | 'giganticOrder'>): readonly number[] {
  const small = Math.log2(pageblockPages)
  return giganticOrder === undefined ? [small] : [small, giganticOrder]
}

import type { Range } from '../address/range'
import type { Arch } from '../model/arch'
import type { DirectMapping, VmemmapMapping } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { RegionName } from '../model/page-table-geometry'
import type { MappingRange } from './kernel-tables'
import { regionNamed, tableShape } from './table-shape'

/** Virtual address of a region's first byte; undefined where the kernel has no such region. @alpha */
export const regionBase = (mapping: DirectMapping | VmemmapMapping): bigint | undefined =>
  mapping.kind === 'none' ? undefined : mapping.base

/** The regions of a kernel that are in page tables. @alpha */
export const radixRegions = ({ mapping }: Pick<Arch, 'mapping'>): readonly RegionName[] =>
  (['direct', 'vmemmap'] as const).filter((region) => mapping[region].kind === 'radix')

/** All of a region that can be mapped. Invariant: it is in the page tables. @alpha */
export const wholeRegion = ({ arch }: Machine, region: RegionName): MappingRange => ({
  region,
  offset: 0,
  sizeBytes: regionNamed(tableShape(arch), region).limitBytes,
})

/**
 * Where the direct map has a physical range.
 * @param range bytes
 * @alpha
 */
export const directRange = (range: Range): MappingRange => ({
  region: 'direct',
  offset: range.start,
  sizeBytes: range.end - range.start,
})

/**
 * Where the vmemmap has the struct pages of a physical range.
 * @param range bytes, whole pages
 * @alpha
 */
export function memmapRange({ arch, geometry }: Machine, range: Range): MappingRange {
  const perByte = arch.geometry.structPageBytes / geometry.pageBytes
  return {
    region: 'vmemmap',
    offset: range.start * perByte,
    sizeBytes: (range.end - range.start) * perByte,
  }
}

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
export function wholeRegion({ arch }: Machine, region: RegionName): MappingRange {
  const { firstByte: offset, limitBytes } = regionNamed(tableShape(arch), region)
  return { region, offset, sizeBytes: limitBytes - offset }
}

/** Virtual address from which offsets in a region count. Invariant: it is in the page tables. @alpha */
export const regionOrigin = (arch: Arch, region: RegionName): bigint =>
  regionNamed(tableShape(arch), region).base

/** Offset of a region's first byte, and the physical address of the memory that it is for; 0 where it is not in page tables. */
function originOf(arch: Arch, region: RegionName): { firstByte: number; startAddress: number } {
  if (arch.mapping[region].kind === 'radix') return regionNamed(tableShape(arch), region)
  return { firstByte: 0, startAddress: regionStart(arch.mapping[region]) }
}

/** Physical address of the memory that a region maps, or describes, first. @alpha */
export const regionStart = (mapping: DirectMapping | VmemmapMapping): number =>
  (mapping.kind === 'radix' && mapping.startAddress) || 0

/**
 * Where the direct map has a physical range.
 * @param range bytes
 * @alpha
 */
export const directRange = ({ arch }: Pick<Machine, 'arch'>, range: Range): MappingRange => ({
  region: 'direct',
  offset: range.start - originOf(arch, 'direct').startAddress,
  sizeBytes: range.end - range.start,
})

/**
 * Where the vmemmap has the struct pages of a physical range.
 * @param range bytes, whole pages
 * @alpha
 */
export function memmapRange({ arch, geometry }: Machine, range: Range): MappingRange {
  const perByte = arch.geometry.structPageBytes / geometry.pageBytes
  const { firstByte, startAddress } = originOf(arch, 'vmemmap')
  return {
    region: 'vmemmap',
    offset: firstByte + (range.start - startAddress) * perByte,
    sizeBytes: (range.end - range.start) * perByte,
  }
}

/**
 * The sections whose struct pages a part of the vmemmap holds.
 * @param part bytes from the region's base
 * @returns numbers of sections
 * @alpha
 */
export function sectionsDescribed({ arch, geometry }: Machine, part: Range): Range {
  const { sectionBytes, memmapBytesPerSection } = geometry
  const { firstByte, startAddress } = originOf(arch, 'vmemmap')
  const first = startAddress / sectionBytes
  return {
    start: first + Math.floor((part.start - firstByte) / memmapBytesPerSection),
    end: first + Math.ceil((part.end - firstByte) / memmapBytesPerSection),
  }
}

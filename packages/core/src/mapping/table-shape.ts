import type { Range } from '../address/range'
import { alignDown, alignUp } from '../address/units'
import { invariant } from '../errors/invariant'
import type { ArchGeometry } from '../model/arch-geometry'
import type { KernelMapping, RadixRegion } from '../model/kernel-mapping'
import type { PageTableGeometry, PageTableLevel, RegionName } from '../model/page-table-geometry'
import { highmemStart } from '../zone/zone-table'
import type {
  BootFrameArea,
  LeafRunOperations,
  LeafTableOperations,
  LevelShape,
  RegionShape,
  TableShape,
  TableSharingOperations,
} from './table-types'

/** What `tableShape` needs to know of an architecture. */
export interface MappedArch {
  readonly geometry: Pick<
    ArchGeometry,
    'pageShift' | 'maxPhysMemBits' | 'structPageBytes' | 'zones'
  >
  readonly mapping: KernelMapping
  /** Struct pages are for what is mappable; default: for all memory. */
  readonly mappable?: Range
}

/** The shapes that were worked out so far: each follows from an arch, which never changes. */
const SHAPES = /* @__PURE__ */ new WeakMap<MappedArch, TableShape>()

/**
 * The numbers that walking the tables needs: worked out once for each arch.
 * Invariant: the arch has page tables.
 */
export function tableShape(arch: MappedArch): TableShape {
  const known = SHAPES.get(arch)
  if (known !== undefined) return known
  const shape = shapeOf(arch)
  SHAPES.set(arch, shape)
  return shape
}

function shapeOf(mapped: MappedArch): TableShape {
  const { geometry: arch, mapping } = mapped
  const geometry = mapping.tables
  invariant(geometry, 'The architecture has page tables.')
  const pageBytes = 2 ** arch.pageShift
  const levels = geometry.levels.map((level, index) => ({
    name: level.name,
    index,
    spanBytes: 2 ** level.shift,
    entries: 2 ** level.indexBits,
    tableOrder: Math.max(0, Math.log2(tableBytes(geometry, level) / pageBytes)),
    tablesPerPage: level.tablesPerPage ?? 1,
    permanent: geometry.permanentTables.includes(level.name),
    // There is one marking, and it is core's.
    ...(level.run && {
      run: (level.run.marking as LeafRunOperations).of(level, level.run, index),
    }),
  }))
  const regions = regionShapes(mapped, geometry)
  return {
    geometry,
    // There is one of each of these, and it is core's.
    leafTables: geometry.leafTables as LeafTableOperations | undefined,
    sharing: geometry.sharing as TableSharingOperations | undefined,
    pageBytes,
    structPageBytes: arch.structPageBytes,
    levels,
    regions,
    ...bootFrames({ geometry, pageBytes, levels, regions }),
  }
}

/** Bytes of a table. */
export const tableBytes = (
  { entryBytes = 8 }: Pick<PageTableGeometry, 'entryBytes'>,
  { indexBits }: Pick<PageTableLevel, 'indexBits'>,
): number => entryBytes * 2 ** indexBits

/** The direct map covers what is below HighMem; the vmemmap, the struct pages of all memory. */
function regionShapes(
  { geometry: arch, mapping, mappable }: MappedArch,
  tables: PageTableGeometry,
): TableShape['regions'] {
  const { direct, vmemmap } = mapping
  const pageBytes = 2 ** arch.pageShift
  const reach = Math.min(2 ** arch.maxPhysMemBits, tables.bootFrameBase)
  const mapped = Math.min(reach, highmemStart(arch))
  const described = Math.min(mappable?.end ?? reach, reach)
  const memmapBytes = ({ startAddress = 0 }: RadixRegion): number =>
    ((described - startAddress) / pageBytes) * arch.structPageBytes
  return {
    ...(direct.kind === 'radix' && {
      direct: regionShape(tables, direct, {
        name: 'direct',
        sizeBytes: mapped - (direct.startAddress ?? 0),
      }),
    }),
    ...(vmemmap.kind === 'radix' && {
      vmemmap: regionShape(tables, vmemmap, {
        name: 'vmemmap',
        sizeBytes: alignUp(memmapBytes(vmemmap), vmemmap.leaves[0] ?? 1),
      }),
    }),
  }
}

function regionShape(
  geometry: PageTableGeometry,
  { base, leaves, startAddress = 0 }: RadixRegion,
  own: { readonly name: RegionName; readonly sizeBytes: number },
): RegionShape {
  const top = geometry.levels[0]
  invariant(top, 'Page tables have a level.')
  const span = 2n ** BigInt(top.shift)
  const firstByte = Number(base % span)
  return {
    name: own.name,
    base: base - BigInt(firstByte),
    firstByte,
    leaves,
    startAddress,
    limitBytes: firstByte + own.sizeBytes,
    rootIndex: Number((base / span) % 2n ** BigInt(top.indexBits)),
  }
}

/** The regions that are in the tables. */
export const regionsIn = ({
  regions: { direct, vmemmap },
}: Pick<TableShape, 'regions'>): readonly RegionShape[] =>
  [direct, vmemmap].filter((region) => region !== undefined)

/** A region of the tables. Invariant: it is in them. */
export function regionNamed({ regions }: TableShape, name: RegionName): RegionShape {
  const region = regions[name]
  invariant(region, `The ${name} region is in the page tables.`)
  return region
}

type BootFrames = Pick<TableShape, 'bootRootPfn' | 'bootAreas' | 'bootFrameEnd'>

/*
 * Where boot frames are, from `bootFrameBase` up:
 *
 * | frames | of |
 * | --- | --- |
 * | the boot memmap | vmemmap offset o is backed by physical address bootFrameBase + o |
 * | the root table | |
 * | tables of level 1, 2, … of the direct map | table k of a level is the one that spans the k-th stretch of the region |
 * | tables of level 1, 2, … of the vmemmap | likewise |
 */
function bootFrames(
  shape: Pick<TableShape, 'geometry' | 'pageBytes' | 'levels' | 'regions'>,
): BootFrames {
  const { geometry, pageBytes, levels, regions } = shape
  const memmapBytes = regions.vmemmap?.limitBytes ?? 0
  const rootPages = 2 ** (levels[0]?.tableOrder ?? 0)
  const bootRootPfn = alignUp((geometry.bootFrameBase + memmapBytes) / pageBytes, rootPages)
  let next = bootRootPfn + rootPages
  const bootAreas: BootFrameArea[] = []
  for (const region of regionsIn({ regions })) {
    for (const level of levels.slice(1)) {
      const tableSpanBytes = level.spanBytes * level.entries
      const tablePages = 2 ** level.tableOrder / level.tablesPerPage
      next = alignUp(next, 2 ** level.tableOrder)
      bootAreas.push({
        region: region.name,
        level: level.index,
        start: next,
        tableSpanBytes,
        tablePages,
      })
      next += Math.ceil(Math.ceil(region.limitBytes / tableSpanBytes) * tablePages)
    }
  }
  return { bootRootPfn, bootAreas, bootFrameEnd: next }
}

/** The level with this index. Invariant: there is one. */
export function levelAt(shape: TableShape, index: number): LevelShape {
  const level = shape.levels[index]
  invariant(level, `The page tables have a level ${index}.`)
  return level
}

/** Pages from a table of a level to the next: a fraction where tables share pages. */
export const tableStride = ({ tableOrder, tablesPerPage }: LevelShape): number =>
  2 ** tableOrder / tablesPerPage

/** Where the table is that follows others of its level. */
export const placeAfter = (level: LevelShape, pfn: number, tables: number): number =>
  pfn + tables * tableStride(level)

/** Index in its table of the entry of this level that covers a byte offset of the region. */
export const entryIndex = (region: RegionShape, level: LevelShape, offset: number): number =>
  level.index === 0
    ? region.rootIndex + Math.floor(offset / level.spanBytes)
    : Math.floor(offset / level.spanBytes) % level.entries

/** The level whose entries span this size, or undefined. */
export const levelOfLeaf = (shape: TableShape, leafBytes: number): LevelShape | undefined =>
  shape.levels.find((level) => level.spanBytes === leafBytes)

/** Order of a chunk. @param bytes a power of two, at least a page */
export const orderOf = (shape: TableShape, bytes: number): number =>
  Math.round(Math.log2(bytes / shape.pageBytes))

/** Pfn of the boot table of a level that spans a byte offset of the region. */
export function bootTablePfn(
  shape: TableShape,
  region: RegionShape,
  level: LevelShape,
  offset: number,
): number {
  if (level.index === 0) return shape.bootRootPfn
  const area = shape.bootAreas.find((a) => a.region === region.name && a.level === level.index)
  invariant(area, 'Every level has an area of boot frames.')
  return area.start + Math.floor(offset / area.tableSpanBytes) * area.tablePages
}

/** True for a frame of the boot memmap or of a boot table: no page of any zone. */
export const isBootFrame = (shape: TableShape, pfn: number): boolean =>
  pfn * shape.pageBytes >= shape.geometry.bootFrameBase

/** The part of a region that the table of this level around `offset` spans. */
export function tableSpan(
  region: RegionShape,
  level: LevelShape,
  offset: number,
): { start: number; end: number } {
  if (level.index === 0) return { start: 0, end: region.limitBytes }
  const span = level.spanBytes * level.entries
  const start = alignDown(offset, span)
  return { start, end: start + span }
}

/** A table of entries that map nothing. */
export function emptyTable(shape: TableShape, level: LevelShape): Uint32Array {
  const words = new Uint32Array(level.entries * 2)
  const { low, high } = shape.geometry.entries.none(level.index)
  if (low !== 0 || high !== 0) clearEntries(shape, level, words)
  return words
}

/** Makes entries that map nothing. @param words of neighbouring entries of a table */
export function clearEntries(shape: TableShape, level: LevelShape, words: Uint32Array): void {
  const { low, high } = shape.geometry.entries.none(level.index)
  if (low === high) words.fill(low)
  else {
    words[0] = low
    words[1] = high
    // Each time what is written already is copied behind itself.
    for (let done = 2; done < words.length; done *= 2)
      words.copyWithin(done, 0, Math.min(done, words.length - done))
  }
}

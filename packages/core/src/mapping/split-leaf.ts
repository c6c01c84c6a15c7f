import type { NodeId } from '../address/brand'
import type { MendedRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { RegionName } from '../model/page-table-geometry'
import { kernelTables, regionPart } from './kernel-tables'
import { outOfMemory } from './map-job'
import { childPlace, readEntry, rootPlace, writeLeaves, writeTable } from './page-tables'
import { takeTable } from './table-frames'
import { entryIndex, levelAt } from './table-shape'
import type { PageTables, TablePlace } from './table-types'
import { findLeaf } from './table-walk'
import { adjustDirectMap } from './tally'

/** A large leaf that became smaller ones. @beta */
export interface SplitLeaf {
  /** Bytes from the region's base. */
  readonly offset: number
  readonly leafBytes: number
  readonly smallerLeafBytes: number
}

/** Which leaf is to be split, and into what. @beta */
export interface SplitRequest {
  readonly region: RegionName
  /** A byte that the leaf maps, from the region's base. */
  readonly offset: number
  /** Node that a new table is taken from if it has memory. */
  readonly nodeId: NodeId
}

/**
 * Replaces the leaf that maps a byte by a table of leaves one level down, or a run by its single entries. Every address translates as before.
 * @returns undefined where nothing is mapped, or where the leaf is of the smallest size
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM); nothing has changed then
 * Source: split_large_page, arch/x86/mm 6.1; split_kernel_mapping, arch/powerpc/mm/book3s64/radix_pgtable.c.
 * @beta
 */
export function splitLeaf(machine: Machine, request: SplitRequest): SplitLeaf | undefined {
  return splitLeafIn(kernelTables(machine), request)
}

/** `splitLeaf`, on tables in hand. */
export function splitLeafIn(tables: PageTables, request: SplitRequest): SplitLeaf | undefined {
  const { pageBytes } = tables.shape
  const page = request.offset - (request.offset % pageBytes)
  const part = regionPart(tables, {
    region: request.region,
    offset: page,
    sizeBytes: pageBytes,
  })
  const leaf = findLeaf(tables, part.region, part.start)
  if (leaf === undefined) return undefined
  const isRun = leaf.sizeBytes > leaf.level.spanBytes
  if (!isRun && leaf.level.index + 1 === tables.shape.levels.length) return undefined
  let place = rootPlace(tables, part.region, part.start)
  while (place.level !== leaf.level) place = tableBelow(tables, place)
  const { offset, sizeBytes: leafBytes } = leaf
  if (isRun) {
    place.level.run?.split(tables, { place, words: writeTable(tables, place), offset })
    return { offset, leafBytes, smallerLeafBytes: leaf.level.spanBytes }
  }
  if (splitEntry(tables, { place, offset, nodeId: request.nodeId }) === undefined) {
    throw outOfMemory('a page table', { use: 'table', order: 0, nodeId: request.nodeId })
  }
  const { spanBytes } = levelAt(tables.shape, leaf.level.index + 1)
  return { offset, leafBytes, smallerLeafBytes: spanBytes }
}

/** The table that the path to `place.offset` goes through next. Invariant: there is one. */
function tableBelow(tables: PageTables, place: TablePlace): TablePlace {
  writeTable(tables, place)
  return childPlace(tables, place, { ...readEntry(tables, place), offset: place.offset })
}

/** A table in place of a leaf. */
export interface SplitEntry {
  readonly child: TablePlace
  /** Pages that were taken from the page allocator for it. */
  readonly tablePages: number
}

/**
 * Splits one leaf entry of a table. Invariant: it is not one of a run.
 * @param entry.offset byte that the leaf maps first
 * @returns the new table, or undefined where there is no page for one; nothing has changed then
 */
export function splitEntry(
  tables: PageTables,
  entry: {
    readonly place: TablePlace
    readonly offset: number
    readonly nodeId: NodeId
    /** Default: the new table maps what the leaf did. */
    readonly splitLeaf?: MendedRules['splitLeaf']
  },
): SplitEntry | undefined {
  const { shape } = tables
  const { place, offset, nodeId } = entry
  const level = levelAt(shape, place.level.index + 1)
  const table = takeTable(tables, { level, nodeId })
  if (table === undefined) return undefined
  const words = writeTable(tables, place)
  const index = entryIndex(place.region, place.level, offset)
  const { entries } = shape.geometry
  const address = entries.address(
    words[2 * index] ?? 0,
    words[2 * index + 1] ?? 0,
    place.level.index,
  )
  const { splitLeaf = 'filled' } = entry
  const filled = splitLeaf === 'filled' ? level.entries : 0
  writeLeaves(shape, level, { words: table.words, index: 0, count: filled, address })
  const { low, high } = entries.table(table.pfn * shape.pageBytes, place.level.index)
  words[2 * index] = low
  words[2 * index + 1] = high
  if (splitLeaf === 'filled') countSplit(tables, place, level)
  const child = { region: place.region, level, offset, pfn: table.pfn }
  return { child, tablePages: table.pages }
}

function countSplit(tables: PageTables, place: TablePlace, smaller: TablePlace['level']): void {
  const large = [{ leafBytes: place.level.spanBytes, count: 1 }]
  const small = [{ leafBytes: smaller.spanBytes, count: smaller.entries }]
  adjustDirectMap(tables, place.region, { leaves: large, sign: -1 })
  adjustDirectMap(tables, place.region, { leaves: small, sign: 1 })
}

import { alignDown } from '../address/units'
import type { Machine } from '../model/machine'
import type { RegionName } from '../model/page-table-geometry'
import { changedTables } from './changed-tables'
import { kernelTables, type MappingRange, regionPart } from './kernel-tables'
import type { StoredTable } from './leaf-tables'
import { regionsIn } from './table-shape'
import type { FoundLeaves, LevelShape, PageTables, RegionPart, RegionShape } from './table-types'
import { findLeaf, walkTables } from './table-walk'

/** Where a virtual address leads. @alpha */
export interface Translation {
  readonly region: RegionName
  /** Physical address in bytes. */
  readonly physicalAddress: number
  /** Size in bytes of the leaf that maps it. */
  readonly leafBytes: number
  /** Name of the leaf's level: `PMD`. */
  readonly level: string
  /** As QEMU's `info tlb` prints them; empty where the arch does not say. */
  readonly flags: string
}

/**
 * Walks the kernel's page tables as the processor would.
 * @param virtualAddress 64 bits, unsigned
 * @returns undefined where nothing is mapped, or outside the direct map and the vmemmap
 * @alpha
 */
export function translate(machine: Machine, virtualAddress: bigint): Translation | undefined {
  return translateIn(kernelTables(machine), virtualAddress)
}

/** `translate`, on tables in hand. */
export function translateIn(tables: PageTables, virtualAddress: bigint): Translation | undefined {
  const { shape } = tables
  for (const region of regionsIn(shape)) {
    const offset = virtualAddress - region.base
    if (offset < 0n || offset >= BigInt(region.limitBytes)) continue
    return translateOffset(tables, region, Number(offset))
  }
  return undefined
}

function translateOffset(
  tables: PageTables,
  region: RegionShape,
  offset: number,
): Translation | undefined {
  const leaf = findLeaf(tables, region, offset)
  if (leaf === undefined) return undefined
  const { entries } = tables.shape.geometry
  const { level, sizeBytes, low, high } = leaf
  return {
    region: region.name,
    physicalAddress: entries.address(low, high, level.index) + (offset - leaf.offset),
    leafBytes: sizeBytes,
    level: level.name,
    flags: entries.flags?.(low, high, level.index) ?? '',
  }
}

/** Adjacent leaves of one size with the same flags. @alpha */
export interface LeafRun {
  /** Virtual addresses, end exclusive. */
  readonly start: bigint
  readonly end: bigint
  readonly leafBytes: number
  readonly count: number
  readonly flags: string
}

/** The leaves that a range touches, as runs in ascending order. Costs what is mapped there. @alpha */
export function listLeaves(machine: Machine, range: MappingRange): readonly LeafRun[] {
  const tables = kernelTables(machine)
  return leafRuns(tables, regionPart(tables, range))
}

/** `listLeaves`, on tables in hand. */
export function leafRuns(tables: PageTables, part: RegionPart): readonly LeafRun[] {
  const { entries } = tables.shape.geometry
  const runs: { start: number; end: number; leafBytes: number; count: number; flags: string }[] = []
  const found = ({ offset, sizeBytes: leafBytes, count, level, low, high }: FoundLeaves): void => {
    const flags = entries.flags?.(low, high, level.index) ?? ''
    const last = runs.at(-1)
    const joins = last?.end === offset && last.leafBytes === leafBytes && last.flags === flags
    const end = offset + count * leafBytes
    if (last === undefined || !joins) runs.push({ start: offset, end, leafBytes, count, flags })
    else {
      last.end = end
      last.count += count
    }
  }
  walkTables(tables, part, { leaf: (leaf) => found({ ...leaf, count: 1 }), leaves: found })
  const { base } = part.region
  return runs.map((run) => ({
    ...run,
    start: base + BigInt(run.start),
    end: base + BigInt(run.end),
  }))
}

/** The page tables that are stored: those that are as boot made them are not. @alpha */
export const listTables = (machine: Machine): Iterable<StoredTable> =>
  changedTables(kernelTables(machine))

/** How much of one level there is. @alpha */
export interface LevelCount {
  /** Name of the level: `PMD`. */
  readonly level: string
  /** Tables of this level. */
  readonly tables: number
  /** Leaves in them; a run of entries is one. */
  readonly leaves: number
}

/** Counts the tables that a range leads through and the leaves it touches, top level first. @alpha */
export function countLevels(machine: Machine, range: MappingRange): readonly LevelCount[] {
  const tables = kernelTables(machine)
  return levelCounts(tables, regionPart(tables, range))
}

/** `countLevels`, on tables in hand. */
export function levelCounts(tables: PageTables, part: RegionPart): readonly LevelCount[] {
  const tableCounts = new Map<LevelShape, number>()
  const leafCounts = new Map<LevelShape, number>()
  walkTables(tables, part, {
    leaf: ({ level }) => void leafCounts.set(level, (leafCounts.get(level) ?? 0) + 1),
    leaves: ({ level, count }) => void leafCounts.set(level, (leafCounts.get(level) ?? 0) + count),
    table: ({ level }) => {
      tableCounts.set(level, (tableCounts.get(level) ?? 0) + 1)
      return 'enter'
    },
  })
  return tables.shape.levels.map((level) => ({
    level: level.name,
    tables: tableCounts.get(level) ?? 0,
    leaves: leafCounts.get(level) ?? 0,
  }))
}

/** A table that a range leads through. @alpha */
export interface LinkedTable {
  /** Name of its level: `PMD`. */
  readonly level: string
  /** What its first entry maps, in bytes from where `MappingRange.offset` counts. */
  readonly offset: number
  /** The table that links to it, as its place in the list; null for the root. */
  readonly parent: number | null
  /** Leaves in it that the range touches, by size in bytes, in the order in which they come. */
  readonly leaves: readonly { readonly leafBytes: number; readonly count: number }[]
}

/** The tables that a range leads through, each behind the one that links to it. Costs what is mapped there. @alpha */
export function linkedTables(machine: Machine, range: MappingRange): readonly LinkedTable[] {
  const tables = kernelTables(machine)
  const found: (Omit<LinkedTable, 'leaves'> & {
    readonly leaves: { leafBytes: number; count: number }[]
  })[] = []
  /** The table under way of each level. */
  const path: number[] = []
  const leaf = ({ level, sizeBytes }: Pick<FoundLeaves, 'level' | 'sizeBytes'>, count: number) => {
    const leaves = found[path[level.index] ?? -1]?.leaves
    const last = leaves?.at(-1)
    if (last?.leafBytes === sizeBytes) last.count += count
    else leaves?.push({ leafBytes: sizeBytes, count })
  }
  walkTables(tables, regionPart(tables, range), {
    leaf: (one) => leaf(one, 1),
    leaves: (many) => leaf(many, many.count),
    table: ({ level, offset }) => {
      path[level.index] = found.length
      found.push({
        level: level.name,
        offset: alignDown(offset, level.entries * level.spanBytes),
        parent: level.index === 0 ? null : (path[level.index - 1] ?? null),
        leaves: [],
      })
      return 'enter'
    },
  })
  return found
}

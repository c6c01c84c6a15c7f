import {
  alignDown,
  invariant,
  type Machine,
  type Range,
  rangeIntersection,
  rangeSize,
  rangesOverlap,
  sectionNr,
} from '@memhp/core'
import {
  countLevels,
  directRange,
  listLeaves,
  listTables,
  memmapRange,
  regionOrigin,
  sectionsDescribed,
  translate,
  wholeRegion,
} from '@memhp/core/inspect'
import { isSectionPresent, type PageTableGeometry, type RegionName } from '@memhp/core/plugin'
import type { Scope } from './scope'

/** Leaves of one size that map some memory. */
export interface LeafCensus {
  /** Bytes that one leaf maps. */
  readonly leafBytes: number
  readonly count: number
  /** Those among them that map other memory too. */
  readonly shared: number
  /** Those among them, of the vmemmap, that hold struct pages of other memory that is present: they stay. */
  readonly staying: number
}

/** One level of the page tables over some memory. */
export interface LevelCensus {
  /** Name of the level: `PMD`. */
  readonly level: string
  /** By size, largest first: runs of entries, where the level has them, and single entries. */
  readonly leaves: readonly LeafCensus[]
  /** Tables of this level that lead to the memory. */
  readonly tables: number
  /** Those among them that map nothing else and may go: what was allocated for this memory. */
  readonly ownTables: number
}

/** Where the struct pages of some memory stand, in base pages. */
export interface BackingCensus {
  /** In pages from the page allocator: they come back. */
  readonly allocated: number
  /** In the memory itself: they go with it. */
  readonly selfHosted: number
  /** In boot memory: they stay reserved. */
  readonly boot: number
}

/** The kernel's page tables over some memory. */
export interface TableCensus {
  readonly direct: readonly LevelCensus[]
  readonly vmemmap: readonly LevelCensus[]
  /** Bytes of the memory that the direct map maps. */
  readonly directBytes: number
  readonly backing: BackingCensus
  /** Pages of the page allocator that hold tables, on the whole machine. */
  readonly allocatedPages: number
}

/** The part of a region that a scope meets. */
export interface Region {
  readonly name: RegionName
  /** Virtual address from which offsets count. */
  readonly base: bigint
  readonly firstByte: number
  /** First offset that cannot be mapped. */
  readonly limit: number
  /** The scope, in offsets. */
  readonly parts: readonly Range[]
}

/** A region as far as it is in page tables; undefined where it is not. */
export function regionOf(machine: Machine, name: RegionName, scope: Scope): Region | undefined {
  const mapping = machine.arch.mapping[name]
  if (mapping.kind !== 'radix') return undefined
  const { offset: firstByte, sizeBytes } = wholeRegion(machine, name)
  const limit = firstByte + sizeBytes
  // The direct map of 32 bits ends where HighMem begins.
  const parts = scope.ranges
    .map((range) => (name === 'direct' ? directRange(machine, range) : memmapRange(machine, range)))
    .map(({ offset, sizeBytes }) => ({ start: offset, end: Math.min(offset + sizeBytes, limit) }))
    .filter(({ start, end }) => start < end)
  return { name, base: regionOrigin(machine.arch, name), firstByte, limit, parts }
}

/** What is left of a stretch when the parts are taken out. @param parts ascending, disjoint */
function outside(stretch: Range, parts: readonly Range[]): readonly Range[] {
  const rest: Range[] = []
  let at = stretch.start
  for (const part of parts) {
    if (!rangesOverlap(part, stretch)) continue
    if (at < part.start) rest.push({ start: at, end: part.start })
    at = Math.max(at, part.end)
  }
  if (at < stretch.end) rest.push({ start: at, end: stretch.end })
  return rest
}

const mappedIn = (machine: Machine, region: Region, parts: readonly Range[]): number =>
  parts
    .flatMap(({ start, end }) =>
      countLevels(machine, { region: region.name, offset: start, sizeBytes: end - start }),
    )
    .reduce((sum, { leaves }) => sum + leaves, 0)

/** Stretches of a region that one table of a level each spans, as far as the parts meet them. */
function tableStretches(region: Region, spanBytes: number): readonly Range[] {
  const starts = new Set<number>()
  for (const { start, end } of region.parts) {
    for (let at = alignDown(start, spanBytes); at < end; at += spanBytes) starts.add(at)
  }
  return [...starts].map((start) => ({
    start: Math.max(start, region.firstByte),
    end: Math.min(start + spanBytes, region.limit),
  }))
}

function countLevel(
  machine: Machine,
  region: Region,
  level: {
    readonly index: number
    /** Bytes that one table spans. */
    readonly spanBytes: number
    readonly isPermanent: boolean
    /** Some table of this level leads to the memory. */
    readonly isThere: boolean
  },
): Pick<LevelCensus, 'tables' | 'ownTables'> {
  if (!level.isThere) return { tables: 0, ownTables: 0 }
  let tables = 0
  let ownTables = 0
  for (const stretch of tableStretches(region, level.spanBytes)) {
    // All of the stretch is reached through one table of the level: its first page tells whether there is one.
    const first = { offset: stretch.start, sizeBytes: machine.geometry.pageBytes }
    const found = countLevels(machine, { region: region.name, ...first })[level.index]
    if (found === undefined || found.tables === 0) continue
    tables += 1
    const rest = level.isPermanent ? undefined : outside(stretch, region.parts)
    if (rest !== undefined && mappedIn(machine, region, rest) === 0) ownTables += 1
  }
  return { tables, ownTables }
}

/** Leaves of one size over a part of a region. */
interface CountedRun {
  readonly leafBytes: number
  readonly count: number
  /** Leaves that reach beyond the part. */
  readonly shared: number
  readonly staying: number
  /** Bytes of the part that they map. */
  readonly mappedBytes: number
}

/** Whether a stretch of the vmemmap, in bytes from its base, describes memory outside the scope that is there. */
export function describesOthers(machine: Machine, scope: Scope, stretch: Range): boolean {
  const { sectionBytes } = machine.geometry
  const described = sectionsDescribed(machine, stretch)
  for (let nr = described.start; nr < described.end; nr++) {
    const start = nr * sectionBytes
    const isInside = scope.ranges.some((range) => range.start <= start && start < range.end)
    if (!isInside && isSectionPresent(machine, sectionNr(nr))) return true
  }
  return false
}

function leafRuns(machine: Machine, region: Region, scope: Scope): readonly CountedRun[] {
  return region.parts.flatMap((part) =>
    listLeaves(machine, {
      region: region.name,
      offset: part.start,
      sizeBytes: part.end - part.start,
    }).map(({ start, end, leafBytes, count }) => {
      const run = { start: Number(start - region.base), end: Number(end - region.base) }
      const common = rangeIntersection(run, part)
      const ends = new Set<number>()
      if (run.start < part.start) ends.add(run.start)
      if (run.end > part.end) ends.add(run.end - leafBytes)
      const staying = [...ends].filter(
        (at) =>
          region.name === 'vmemmap' &&
          describesOthers(machine, scope, { start: at, end: at + leafBytes }),
      )
      return {
        leafBytes,
        count,
        shared: ends.size,
        staying: staying.length,
        mappedBytes: common === undefined ? 0 : rangeSize(common),
      }
    }),
  )
}

function countRegion(
  machine: Machine,
  geometry: PageTableGeometry,
  of: { readonly region: Region; readonly scope: Scope },
): readonly LevelCensus[] {
  const { region, scope } = of
  const parts = region.parts.map(({ start, end }) =>
    countLevels(machine, { region: region.name, offset: start, sizeBytes: end - start }),
  )
  const isLedThrough = (index: number): boolean =>
    parts.some((counts) => (counts[index]?.tables ?? 0) > 0)
  const runs = leafRuns(machine, region, scope)
  return geometry.levels.map((level, index) => {
    const counted = countLevel(machine, region, {
      index,
      spanBytes: 2 ** (level.shift + level.indexBits),
      isPermanent: index === 0 || geometry.permanentTables.includes(level.name),
      isThere: isLedThrough(index),
    })
    const sizes = [level.run?.entries ?? 0, 1].map((entries) => entries * 2 ** level.shift)
    const leaves = sizes.flatMap((leafBytes) => leavesOfSize(runs, leafBytes))
    return { level: level.name, leaves, ...counted }
  })
}

/** What the runs have of one size: one count, or none. */
function leavesOfSize(runs: readonly CountedRun[], leafBytes: number): readonly LeafCensus[] {
  const ofSize = runs.filter((run) => run.leafBytes === leafBytes)
  if (ofSize.length === 0) return []
  const sum = (what: 'count' | 'shared' | 'staying'): number =>
    ofSize.reduce((total, run) => total + run[what], 0)
  return [{ leafBytes, count: sum('count'), shared: sum('shared'), staying: sum('staying') }]
}

function countBacking(
  machine: Machine,
  geometry: PageTableGeometry,
  { region, scope }: { readonly region: Region; readonly scope: Scope },
): BackingCensus {
  const { pageBytes } = machine.geometry
  const backing = { allocated: 0, selfHosted: 0, boot: 0 }
  for (const { start, end } of region.parts) {
    const range = { region: region.name, offset: start, sizeBytes: end - start } as const
    for (const run of listLeaves(machine, range)) {
      for (let at = run.start; at < run.end; at += BigInt(run.leafBytes)) {
        const found = translate(machine, at)
        invariant(found !== undefined, 'A leaf that was listed is mapped.')
        const { physicalAddress: address } = found
        const isInside = scope.ranges.some((part) => part.start <= address && address < part.end)
        const where =
          address >= geometry.bootFrameBase ? 'boot' : isInside ? 'selfHosted' : 'allocated'
        backing[where] += run.leafBytes / pageBytes
      }
    }
  }
  return backing
}

/**
 * Counts the kernel's page tables over a scope, by walking them.
 * @returns null on an architecture without page tables
 */
export function countTables(machine: Machine, scope: Scope): TableCensus | null {
  const { tables } = machine.arch.mapping
  if (tables === undefined) return null
  const direct = regionOf(machine, 'direct', scope)
  const vmemmap = regionOf(machine, 'vmemmap', scope)
  const count = (region: Region | undefined): readonly LevelCensus[] =>
    region === undefined ? [] : countRegion(machine, tables, { region, scope })
  const directRuns = direct === undefined ? [] : leafRuns(machine, direct, scope)
  return {
    direct: count(direct),
    vmemmap: count(vmemmap),
    directBytes: directRuns.reduce((sum, run) => sum + run.mappedBytes, 0),
    backing:
      vmemmap === undefined
        ? { allocated: 0, selfHosted: 0, boot: 0 }
        : countBacking(machine, tables, { region: vmemmap, scope }),
    allocatedPages: allocatedPages(machine, tables),
  }
}

/** Pages of the page allocator that hold tables: several to a table, or several tables to a page. */
function allocatedPages(machine: Machine, geometry: PageTableGeometry): number {
  const { bootFrameBase, entryBytes = 8 } = geometry
  const { pageBytes } = machine.geometry
  const pages = new Map<number, number>()
  for (const { pfn, entries } of listTables(machine)) {
    if (pfn * pageBytes < bootFrameBase)
      pages.set(Math.floor(pfn), Math.ceil((entries * entryBytes) / pageBytes))
  }
  return [...pages.values()].reduce((sum, count) => sum + count, 0)
}

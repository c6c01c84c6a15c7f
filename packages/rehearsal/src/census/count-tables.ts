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
import { countLevels, listLeaves, translate } from '@memhp/core/inspect'
import { isSectionPresent, type PageTableGeometry, type RegionName } from '@memhp/core/plugin'
import type { Scope } from './scope'

/** One level of the page tables over some memory. */
export interface LevelCensus {
  /** Name of the level: `PMD`. */
  readonly level: string
  /** Bytes that one leaf of this level maps. */
  readonly leafBytes: number
  /** Leaves that map some of the memory. */
  readonly leaves: number
  /** Those among them that map other memory too. */
  readonly sharedLeaves: number
  /** Those among them, of the vmemmap, that hold struct pages of other memory that is there: they stay. */
  readonly stayingLeaves: number
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
  /** Laid by boot: they stay reserved. */
  readonly boot: number
}

/** The kernel's page tables over some memory. */
export interface TableCensus {
  readonly direct: readonly LevelCensus[]
  readonly vmemmap: readonly LevelCensus[]
  /** Bytes of the memory that the direct map maps. */
  readonly directBytes: number
  readonly backing: BackingCensus
  /** Tables on the whole machine that came from the page allocator. */
  readonly allocatedTables: number
}

interface Region {
  readonly name: RegionName
  readonly base: bigint
  /** Bytes of it that can be mapped. */
  readonly limit: number
  /** The scope, in bytes from the region's base. */
  readonly parts: readonly Range[]
}

function regionsOf(
  machine: Machine,
  tables: PageTableGeometry,
  scope: Scope,
): { readonly direct: Region; readonly vmemmap: Region } {
  const { maxPhysMemBits, structPageBytes } = machine.arch.geometry
  const { pageBytes } = machine.geometry
  const limit = Math.min(2 ** maxPhysMemBits, tables.bootFrameBase)
  const perByte = structPageBytes / pageBytes
  return {
    direct: { name: 'direct', base: tables.regions.direct.base, limit, parts: scope.ranges },
    vmemmap: {
      name: 'vmemmap',
      base: tables.regions.vmemmap.base,
      limit: limit * perByte,
      parts: scope.ranges.map(({ start, end }) => ({ start: start * perByte, end: end * perByte })),
    },
  }
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
  return [...starts].map((start) => ({ start, end: Math.min(start + spanBytes, region.limit) }))
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
  /** Leaves that reach beyond the part. */
  readonly shared: number
  readonly staying: number
  /** Bytes of the part that they map. */
  readonly mappedBytes: number
}

/** Whether a stretch of the vmemmap, in bytes from its base, describes memory outside the scope that is there. */
export function describesOthers(machine: Machine, scope: Scope, stretch: Range): boolean {
  const { sectionBytes, memmapBytesPerSection } = machine.geometry
  const first = Math.floor(stretch.start / memmapBytesPerSection)
  const last = Math.ceil(stretch.end / memmapBytesPerSection)
  for (let nr = first; nr < last; nr++) {
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
    }).map(({ start, end, leafBytes }) => {
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
  const sumOf = (index: number, what: 'leaves' | 'tables'): number =>
    parts.reduce((sum, counts) => sum + (counts[index]?.[what] ?? 0), 0)
  const runs = leafRuns(machine, region, scope)
  return geometry.levels.map((level, index) => {
    const counted = countLevel(machine, region, {
      index,
      spanBytes: 2 ** (level.shift + level.indexBits),
      isPermanent: index === 0 || geometry.permanentTables.includes(level.name),
      isThere: sumOf(index, 'tables') > 0,
    })
    const leafBytes = 2 ** level.shift
    const leaves = sumOf(index, 'leaves')
    const ofLevel = runs.filter((run) => run.leafBytes === leafBytes)
    const sharedLeaves = ofLevel.reduce((sum, run) => sum + run.shared, 0)
    const stayingLeaves = ofLevel.reduce((sum, run) => sum + run.staying, 0)
    return { level: level.name, leafBytes, leaves, sharedLeaves, stayingLeaves, ...counted }
  })
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
  const geometry = machine.arch.geometry.pageTables
  if (geometry === undefined) return null
  const { direct, vmemmap } = regionsOf(machine, geometry, scope)
  const firstBootPfn = geometry.bootFrameBase / machine.geometry.pageBytes
  const allocated = [...machine.state.memory.mapping.tables.keys()].filter((p) => p < firstBootPfn)
  return {
    direct: countRegion(machine, geometry, { region: direct, scope }),
    vmemmap: countRegion(machine, geometry, { region: vmemmap, scope }),
    directBytes: leafRuns(machine, direct, scope).reduce((sum, run) => sum + run.mappedBytes, 0),
    backing: countBacking(machine, geometry, { region: vmemmap, scope }),
    allocatedTables: allocated.length,
  }
}

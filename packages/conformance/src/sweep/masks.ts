import type { MemoryBlock } from '@memhp/core'
import { PAGE_FLAG } from '@memhp/core/inspect'

/** What `canonicalMemory` gives: everything that a fingerprint covers, as plain data. */
export type CanonicalMemory = Readonly<Record<string, unknown>>

/** A part of the memory that has fields. */
export const record = (value: unknown): CanonicalMemory => value as CanonicalMemory
const list = (value: unknown): readonly CanonicalMemory[] => value as readonly CanonicalMemory[]

/** The memory with some of the entries of each zone left out. */
export const withoutOfZones = (
  memory: CanonicalMemory,
  names: readonly string[],
): CanonicalMemory => ({
  ...memory,
  zones: list(memory.zones).map((zone) =>
    Object.fromEntries(Object.entries(zone).filter(([name]) => !names.includes(name))),
  ),
})

/** The memory without some of its parts. */
export const withoutKeys = (memory: CanonicalMemory, names: readonly string[]): CanonicalMemory =>
  Object.fromEntries(Object.entries(memory).filter(([name]) => !names.includes(name)))

/** The memory with some fields of its blocks as if they were the same in all. */
function withoutOfBlocks(memory: CanonicalMemory, same: Partial<MemoryBlock>): CanonicalMemory {
  if (memory.blocks === undefined) return memory
  const blocks = record(memory.blocks)
  const changed = (blocks.changed as readonly MemoryBlock[]).map((block) => ({ ...block, ...same }))
  return { ...memory, blocks: { ...blocks, changed } }
}

/** The memory without some of the fields of what drivers know, at whatever depth. */
export const withoutOfDrivers = (
  memory: CanonicalMemory,
  names: readonly string[],
): CanonicalMemory => ({ ...memory, drivers: withoutFields(memory.drivers, names) })

/** Plain data without the fields of these names. */
function withoutFields(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map((each) => withoutFields(each, names))
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [key, withoutFields(each, names)]))
  if (value instanceof Set) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !names.includes(name))
      .map(([name, each]) => [name, withoutFields(each, names)]),
  )
}

/** The memory without what binds blocks to a device, and what the kernel knows of that. */
export const withoutBinding = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfBlocks(withoutOfDrivers(memory, BINDING), { firmwareNode: null })

const BINDING = ['memory', 'enumerated', 'physicalNodes', 'power']

export const withoutStoredTypes = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfBlocks(memory, { pendingType: 'offline' })

/** What counts a zone's pages, and its span. */
export const ZONE_COUNTS: readonly string[] = [
  'startPfn',
  'spannedPages',
  'presentPages',
  'managedPages',
  'online',
  'freePages',
]

/** Neighbouring sections that are alike, and the runs of their pages, as far as masks look at them. */
interface Sections {
  readonly start: number
  readonly end: number
  /** Without runs where another mask has taken them. */
  readonly section: CanonicalMemory & { readonly runs?: readonly Run[] }
}

interface Run {
  readonly start: number
  readonly count: number
  readonly kind: string
  readonly flags: number
}

/** Runs that follow each other and are the same become one. */
function joinRuns(runs: readonly Run[]): readonly Run[] {
  const joined: Run[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    const isSame =
      last !== undefined &&
      JSON.stringify({ ...last, start: 0, count: 0 }) ===
        JSON.stringify({ ...run, start: 0, count: 0 })
    if (isSame) joined[joined.length - 1] = { ...last, count: last.count + run.count }
    else joined.push(run)
  }
  return joined
}

/** The memory with each section seen otherwise; neighbours that are alike then are together. */
function withSections(
  memory: CanonicalMemory,
  see: (section: Sections['section']) => CanonicalMemory,
): CanonicalMemory {
  const sections = memory.sections as readonly Sections[] | undefined
  // Another mask has taken them already.
  if (sections === undefined) return memory
  const joined: { readonly start: number; end: number; readonly section: CanonicalMemory }[] = []
  for (const { start, end, section } of sections) {
    const seen = see(section)
    const last = joined.at(-1)
    const isAlike = last?.end === start && JSON.stringify(last.section) === JSON.stringify(seen)
    if (isAlike) last.end = end
    else joined.push({ start, end, section: seen })
  }
  return { ...memory, sections: joined }
}

/** The memory with pages of some kinds as if they were of one: each may be where another was. Pinned ones stay. */
const withoutUse = (memory: CanonicalMemory, kinds: readonly string[]): CanonicalMemory =>
  withSections(memory, (section) => {
    const runs = section.runs?.map((run): Run => {
      const isFixed = !kinds.includes(run.kind) || (run.flags & PAGE_FLAG.pinned) !== 0
      return isFixed ? run : { start: run.start, count: run.count, kind: 'any', flags: 0 }
    })
    return runs === undefined ? section : { ...section, runs: joinRuns(runs) }
  })

/** The memory without what marks pages as poisoned. */
export const withoutPoison = (memory: CanonicalMemory): CanonicalMemory =>
  withSections(memory, (section) => {
    const runs = section.runs?.map(
      (run): Run => ({ ...run, flags: run.flags & ~PAGE_FLAG.hwpoison }),
    )
    return runs === undefined ? section : { ...section, poisonedPages: [], runs: joinRuns(runs) }
  })

/** The memory with allocations as large as they are, wherever their pages lie. */
function withoutPlacesOfAllocations(memory: CanonicalMemory): CanonicalMemory {
  const allocations = memory.allocations as
    | ReadonlyMap<number, { readonly pages: Float64Array }>
    | undefined
  if (allocations === undefined) return memory
  const sized = [...allocations].map(([id, { pages, ...rest }]) => {
    return [id, { ...rest, pages: pages.filter((pfn) => pfn >= 0).length }] as const
  })
  return { ...memory, allocations: new Map(sized) }
}

/** The memory with pages that can move, and free ones, wherever they are. What cannot move is where it was. */
export const withoutMoves = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfZones(
    withoutKeys(
      withoutPlacesOfAllocations(withoutUse(memory, ['free', 'lru', 'hugetlb', 'hugetlbFree'])),
      ['hugePools'],
    ),
    ['freePages'],
  )

/** The memory without what tells blocks that are online from those that are not: of sections, that they are there. */
export const withoutOnline = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfZones(
    withoutKeys(
      withSections(memory, ({ nodeId, early }) => ({ nodeId, early })),
      ['blocks', 'nodes', 'groups', 'totalManagedPages', 'pageCgroupTables'],
    ),
    [...ZONE_COUNTS, 'free'],
  )

/** The memory without what maps it and describes its pages: pages that this takes count as free. */
export const withoutMappings = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfZones(withoutKeys(withoutUse(memory, ['free', 'table', 'memmap']), ['arch']), [
    'freePages',
  ])

/** The memory without which entry of a page table leads where: each table still leads to the same places, as often. */
export function withoutOrderInTables(memory: CanonicalMemory): CanonicalMemory {
  const arch = record(memory.arch ?? {})
  const pageTables = record(arch.pageTables ?? {})
  if (!(pageTables.tables instanceof Map)) return memory
  const words = pageTables.tables as ReadonlyMap<number, Uint32Array>
  const tables = new Map([...words].map(([pfn, entries]) => [pfn, entries.toSorted()]))
  return { ...memory, arch: { ...arch, pageTables: { ...pageTables, tables } } }
}

/** The same without sections that were added. */
export const withoutAdded = (memory: CanonicalMemory): CanonicalMemory => {
  const mapped = withoutMappings(memory)
  const sections = mapped.sections as readonly Sections[] | undefined
  return sections === undefined
    ? mapped
    : { ...mapped, sections: sections.filter(({ section }) => section.early) }
}

/** The memory without where pages in use lie. */
export const withoutPlaces = (memory: CanonicalMemory): CanonicalMemory =>
  withoutKeys(memory, ['sections', 'arch', 'allocations', 'hugePools'])

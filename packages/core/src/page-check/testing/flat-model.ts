import type { Range } from '../../address/range'
import type { Machine } from '../../model/machine'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from '../../model/page'
import type { MaterialisedSection, Section } from '../../model/section'
import { findSection, sectionOfPfn } from '../../section/section-table'
import { backgroundAllocation } from '../../section-pages/captured-use'
import { planCapturedUse } from '../../section-pages/captured-use-plan'
import { isMaterialised } from '../../section-pages/columns'
import { zoneExtents } from '../../section-pages/zone-slice'

/** What one page is, read the slow way: no chunk, no list and no run is believed. */
export interface FlatPage {
  readonly pfn: number
  /** Name of the use; `free` for head, tail, per-CPU and whatever is not materialised; `absent`, `offline`. */
  readonly use: string
  readonly zone: string | null
  readonly isolated: boolean
  readonly poisoned: boolean
  readonly pinned: boolean
  readonly owner: number
  readonly index: number
  readonly data: number
}

const NAMES = Object.keys(PAGE_KIND)
const PLAIN: Readonly<Record<string, string>> = {
  freeTail: 'free',
  perCpu: 'free',
}

function useName(kind: number): string {
  const name = NAMES[kind] ?? '?'
  return PLAIN[name] ?? name
}

/** Reads one page without materialising its section. */
export function readPage(machine: Machine, page: number): FlatPage {
  const [read] = readPages(machine, { start: page, end: page + 1 })
  if (read === undefined) throw new Error('A range of one page has one page.')
  return read
}

/** Reads all pages of a range without laying anything out. */
export function readPages(machine: Machine, range: Range): FlatPage[] {
  const { pagesPerSection } = machine.geometry
  const pages: FlatPage[] = []
  for (let page = range.start; page < range.end; ) {
    const base = page - (page % pagesPerSection)
    const end = Math.min(range.end, base + pagesPerSection)
    readSection(machine, { start: page, end }, pages)
    page = end
  }
  return pages
}

/** Kind of the head of the huge page that a tail belongs to. */
function headKind(kind: Uint8Array, tail: number): number {
  let pageIndex = tail
  while (kind[pageIndex] === PAGE_KIND.hugetlbTail) pageIndex--
  return kind[pageIndex] ?? 0
}

type Reading = Omit<FlatPage, 'pfn' | 'zone'>

const BLANK: Reading = {
  use: 'absent',
  isolated: false,
  poisoned: false,
  pinned: false,
  owner: 0,
  index: 0,
  data: 0,
}

function readSection(machine: Machine, range: Range, into: FlatPage[]): void {
  const nr = sectionOfPfn(machine, range.start)
  const base = nr * machine.geometry.pagesPerSection
  const section = findSection(machine, nr)
  const parts = section === undefined ? [] : zoneExtents(machine, section)
  const read = section === undefined ? () => BLANK : reader(machine, section)
  for (let page = range.start; page < range.end; page++) {
    const pageIndex = page - base
    const zone = parts.find((part) => part.start <= pageIndex && pageIndex < part.end)?.zone ?? null
    into.push({ ...read(pageIndex), pfn: page, zone })
  }
}

/** What reads the pages of one section, by place. */
function reader(machine: Machine, section: Readonly<Section>): (pageIndex: number) => Reading {
  if (isMaterialised(section)) return (pageIndex) => readOpen(machine, section, pageIndex)
  const base = section.nr * machine.geometry.pagesPerSection
  if (section.summary === 'offline') {
    const { poisonedPages } = section
    return (pageIndex) => ({
      ...BLANK,
      use: 'offline',
      poisoned: poisonedPages.includes(base + pageIndex),
    })
  }
  if (section.summary === 'reserved') return () => ({ ...BLANK, use: 'reserved' })
  if (section.summary === 'captured') return seedReader(machine, section)
  const isolated = section.summary === 'isolated'
  return (pageIndex) =>
    pageIndex < section.selfHostedPages
      ? { ...BLANK, use: 'selfHostedMemmap' }
      : { ...BLANK, use: 'free', isolated }
}

function readOpen(machine: Machine, section: MaterialisedSection, pageIndex: number): Reading {
  const { kind, flags, owned } = section.pages
  const flag = flags[pageIndex] ?? 0
  const block = Math.floor(pageIndex / machine.geometry.pageblockPages)
  const isTail = kind[pageIndex] === PAGE_KIND.hugetlbTail
  return {
    use: useName(isTail ? headKind(kind, pageIndex) : (kind[pageIndex] ?? 0)),
    isolated: section.pageblocks[block] === MIGRATE_TYPE.isolate,
    poisoned: (flag & PAGE_FLAG.hwpoison) !== 0,
    pinned: (flag & PAGE_FLAG.pinned) !== 0,
    owner: owned?.owner[pageIndex] ?? 0,
    index: owned?.index[pageIndex] ?? 0,
    data: owned?.data[pageIndex] ?? 0,
  }
}

function seedReader(machine: Machine, section: Readonly<Section>): (pageIndex: number) => Reading {
  const plan = planCapturedUse(machine, section)
  return (pageIndex) => {
    const segment = plan.find((each) => each.start <= pageIndex && pageIndex < each.end)
    const flag = segment?.flags ?? 0
    const use = useName(segment?.kind ?? 0)
    return {
      ...BLANK,
      use,
      owner: use === 'lru' ? backgroundAllocation(machine, section.nodeId).id : 0,
      poisoned: (flag & PAGE_FLAG.hwpoison) !== 0,
      pinned: (flag & PAGE_FLAG.pinned) !== 0,
    }
  }
}

/** Kinds that no zone lets go, and those that only Movable does. */
const RESERVED = ['reserved', 'selfHostedMemmap']
const UNMOVABLE = ['slab', 'table', 'memmap']

/**
 * What isolation of whole pageblocks is refused for, page by page in the order of the specification: first
 * pageblock, last one, the others ascending; within one, isolation before its pages.
 */
export function flatObstacle(
  machine: Machine,
  range: Range,
): { pfn: number; reason: 'isolated' | 'unmovable' } | undefined {
  const { pageblockPages } = machine.geometry
  const blocks: number[] = []
  for (let at = range.start; at < range.end; at += pageblockPages) blocks.push(at)
  const last = blocks.length > 1 ? blocks.splice(-1) : []
  for (const block of [...blocks.slice(0, 1), ...last, ...blocks.slice(1)]) {
    const pages = readPages(machine, { start: block, end: block + pageblockPages })
    if (pages[0]?.isolated) return { pfn: block, reason: 'isolated' }
    const inMovable = pages[0]?.zone?.endsWith('/Movable') ?? false
    const bad = pages.find(
      (page) =>
        RESERVED.includes(page.use) ||
        (!inMovable && UNMOVABLE.includes(page.use) && !page.poisoned),
    )
    if (bad !== undefined) return { pfn: bad.pfn, reason: 'unmovable' }
  }
  return undefined
}

/** Free chunks of a zone by order, found by trying every aligned place from the largest order down. */
export function flatChunks(
  machine: Machine,
  zone: string,
  range: Range,
): { isolated: number[]; free: number[] } {
  const { maxOrder } = machine.geometry
  const perCpu = new Set([...machine.state.memory.zones.values()].flatMap((each) => each.perCpu))
  const pages = readPages(machine, range).map((page) => ({
    ...page,
    chunkable: page.use === 'free' && page.zone === zone && !perCpu.has(page.pfn),
  }))
  const counts = {
    isolated: Array.from({ length: maxOrder + 1 }, () => 0),
    free: Array.from({ length: maxOrder + 1 }, () => 0),
  }
  for (let order = maxOrder; order >= 0; order--) {
    const size = 2 ** order
    for (let at = Math.ceil(range.start / size) * size; at + size <= range.end; at += size) {
      const chunk = pages.slice(at - range.start, at - range.start + size)
      const isolated = chunk[0]?.isolated ?? false
      if (!chunk.every((page) => page.chunkable && page.isolated === isolated)) continue
      for (const page of chunk) page.chunkable = false
      const list = isolated ? counts.isolated : counts.free
      list[order] = (list[order] ?? 0) + 1
    }
  }
  return counts
}

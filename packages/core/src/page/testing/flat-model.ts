import type { Range } from '../../address/range'
import type { Machine } from '../../machine/machine'
import type { Section } from '../../section/section'
import { peekSection, sectionOfPfn } from '../../section/section-table'
import { isOpen, type OpenSection } from '../columns'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from '../page'
import { backgroundOwner } from '../seed'
import { planSeed } from '../seed-plan'
import { zoneParts } from '../stretch'

/** What one page is, read the slow way: no chunk, no list and no run is believed. */
export interface FlatPage {
  readonly pfn: number
  /** Name of the use; `free` for head, tail, per-CPU and whatever nobody looked at; `absent`, `offline`. */
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

/** Reads one page without laying out its section. */
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
  let place = tail
  while (kind[place] === PAGE_KIND.hugetlbTail) place--
  return kind[place] ?? 0
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
  const section = peekSection(machine, nr)
  const parts = section === undefined ? [] : zoneParts(machine, section)
  const read = section === undefined ? () => BLANK : reader(machine, section)
  for (let page = range.start; page < range.end; page++) {
    const place = page - base
    const zone = parts.find((part) => part.start <= place && place < part.end)?.zone ?? null
    into.push({ ...read(place), pfn: page, zone })
  }
}

/** What reads the pages of one section, by place. */
function reader(machine: Machine, section: Readonly<Section>): (place: number) => Reading {
  if (isOpen(section)) return (place) => readOpen(machine, section, place)
  const base = section.nr * machine.geometry.pagesPerSection
  if (section.uniform === 'offline') {
    const { poisonedPages } = section
    return (place) => ({ ...BLANK, use: 'offline', poisoned: poisonedPages.includes(base + place) })
  }
  if (section.uniform === 'reserved') return () => ({ ...BLANK, use: 'reserved' })
  if (section.uniform === 'seeded') return seedReader(machine, section)
  const isolated = section.uniform === 'isolated'
  return (place) =>
    place < section.selfHostedPages
      ? { ...BLANK, use: 'selfHostedMemmap' }
      : { ...BLANK, use: 'free', isolated }
}

function readOpen(machine: Machine, section: OpenSection, place: number): Reading {
  const { kind, flags, owner, index, data } = section.pages
  const flag = flags[place] ?? 0
  const block = Math.floor(place / machine.geometry.pageblockPages)
  const isTail = kind[place] === PAGE_KIND.hugetlbTail
  return {
    use: useName(isTail ? headKind(kind, place) : (kind[place] ?? 0)),
    isolated: section.pageblocks[block] === MIGRATE_TYPE.isolate,
    poisoned: (flag & PAGE_FLAG.hwpoison) !== 0,
    pinned: (flag & PAGE_FLAG.pinned) !== 0,
    owner: owner[place] ?? 0,
    index: index[place] ?? 0,
    data: data[place] ?? 0,
  }
}

function seedReader(machine: Machine, section: Readonly<Section>): (place: number) => Reading {
  const plan = planSeed(machine, section)
  return (place) => {
    const segment = plan.find((each) => each.start <= place && place < each.end)
    const flag = segment?.flags ?? 0
    const use = useName(segment?.kind ?? 0)
    return {
      ...BLANK,
      use,
      owner: use === 'lru' ? backgroundOwner(machine, section.nodeId).id : 0,
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

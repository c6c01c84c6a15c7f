import {
  alignDown,
  alignUp,
  HotplugError,
  type Machine,
  pfn,
  type Range,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import {
  allocatePages,
  failsAt,
  freePages,
  insertInterval,
  intervalContains,
  isSectionPresent,
  type LeftLeaf,
  NO_CHANGE,
  type RegionChange,
  removeInterval,
  type SectionMemmap,
} from '@memhp/core/plugin'
import { boltPages, unboltPages } from './changes'
import type { HashTable } from './table'

/** Offsets, in the vmemmap, of the pages that hold the struct pages of a section. */
function pagesOfMemmap(machine: Machine, table: HashTable, nr: SectionNr): readonly number[] {
  const { memmapBytesPerSection } = machine.geometry
  const { pageBytes } = table.shape.vmemmap
  const end = (nr + 1) * memmapBytesPerSection
  const first = alignDown(nr * memmapBytesPerSection, pageBytes)
  return Array.from(
    { length: Math.ceil((end - first) / pageBytes) },
    (_, i) => first + i * pageBytes,
  )
}

/** True if a page of the vmemmap is in the kernel's list. */
export const isListed = (table: HashTable, offset: number): boolean =>
  table.state.vmemmap.has(offset) || intervalContains(table.state.bootVmemmap, offset)

/**
 * vmemmap_populate: backs and bolts the pages that hold the struct pages of a section. One that is listed already,
 * for another section, is shared.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did
 * Source: arch/powerpc/mm/init_64.c 6.1; spec 5.4.
 */
export function populateMemmap(
  machine: Machine,
  table: HashTable,
  section: SectionMemmap,
): RegionChange {
  const done: number[] = []
  const pages = pagesOfMemmap(machine, table, section.nr)
  try {
    for (const offset of pages) {
      if (isListed(table, offset)) continue
      addPage(machine, table, { offset, section })
      done.push(offset)
    }
  } catch (error) {
    for (const offset of done.reverse()) dropPage(machine, table, offset)
    throw error
  }
  const backed = { allocator: done.length, boot: 0 }
  return { ...pagesChanged(table, backed), keptLeaves: pages.length - done.length }
}

/** What pages of the vmemmap came or went, by what backs them. */
function pagesChanged(
  { shape }: HashTable,
  backed: { readonly allocator: number; readonly boot: number },
): RegionChange {
  const { pageBytes } = shape.vmemmap
  const pages = pageBytes / shape.pageBytes
  const count = backed.allocator + backed.boot
  return {
    ...NO_CHANGE,
    leaves: count === 0 ? [] : [{ leafBytes: pageBytes, count }],
    framePages: {
      allocator: backed.allocator * pages,
      boot: backed.boot * pages,
      'self-hosted': 0,
    },
  }
}

function addPage(
  machine: Machine,
  table: HashTable,
  added: { readonly offset: number; readonly section: SectionMemmap },
): void {
  const { offset, section } = added
  const { shape, state } = table
  const order = backingOrder(table)
  const { nodeId } = section
  const page = failsAt(machine, 'memory/memmap')
    ? null
    : allocatePages(machine, { order, nodeId, mobility: 'unmovable', kind: 'memmap' })
  if (page === null) throw outOfMemory(section, { order })
  const address = page * shape.pageBytes
  if (boltPages(table, { ...pageAt(table, offset), address }) !== undefined) {
    freePages(machine, { pfn: page, order })
    throw outOfMemory(section, { offset })
  }
  state.vmemmap.set(offset, page)
}

/** The kernel answers ENOMEM where it cannot bolt the page, too. */
const outOfMemory = (section: SectionMemmap, detail: Record<string, number>): HotplugError =>
  new HotplugError(
    'OUT_OF_MEMORY',
    'ENOMEM',
    `There is no memory for the memmap of section ${section.nr}.`,
    { detail: { ...section, ...detail } },
  )

/** One page of the vmemmap. */
const pageAt = ({ shape: { vmemmap } }: HashTable, offset: number) => ({
  region: vmemmap,
  start: offset,
  end: offset + vmemmap.pageBytes,
})

const backingOrder = ({ shape }: HashTable): number =>
  Math.log2(shape.vmemmap.pageBytes / shape.pageBytes)

/**
 * vmemmap_free: unbolts the pages that hold the struct pages of a section and of no other that is present, and gives
 * their backing back. That of boot stays reserved.
 * Source: arch/powerpc/mm/init_64.c 6.1; spec 5.4.
 */
export function freeMemmap(
  machine: Machine,
  table: HashTable,
  section: SectionMemmap,
): RegionChange {
  const backed = { allocator: 0, boot: 0 }
  const left: LeftLeaf[] = []
  for (const offset of pagesOfMemmap(machine, table, section.nr)) {
    if (!isListed(table, offset)) continue
    if (holdsOther(machine, table, { offset, nr: section.nr }))
      left.push({ offset, leafBytes: table.shape.vmemmap.pageBytes, count: 1, reason: 'shared' })
    else backed[dropPage(machine, table, offset)] += 1
  }
  return { ...pagesChanged(table, backed), left }
}

/** Whether a page of the vmemmap holds struct pages of a present section other than this one. */
function holdsOther(
  machine: Machine,
  table: HashTable,
  what: { readonly offset: number; readonly nr: SectionNr | null },
): boolean {
  const { memmapBytesPerSection } = machine.geometry
  const first = Math.floor(what.offset / memmapBytesPerSection)
  const end = (what.offset + table.shape.vmemmap.pageBytes) / memmapBytesPerSection
  for (let nr = first; nr < end; nr++) {
    if (nr !== what.nr && isSectionPresent(machine, sectionNr(nr))) return true
  }
  return false
}

/** Whether a page of the vmemmap holds struct pages of any present section. */
export const holdsAny = (machine: Machine, table: HashTable, offset: number): boolean =>
  holdsOther(machine, table, { offset, nr: null })

/** Unbolts a page of the vmemmap and gives its backing back. @returns what backed it */
function dropPage(machine: Machine, table: HashTable, offset: number): 'allocator' | 'boot' {
  const { state } = table
  unboltPages(table, pageAt(table, offset))
  const backing = state.vmemmap.get(offset)
  if (backing === undefined) {
    removeInterval(state.bootVmemmap, pageAt(table, offset))
    return 'boot'
  }
  state.vmemmap.delete(offset)
  freePages(machine, { pfn: pfn(backing), order: backingOrder(table) })
  return 'allocator'
}

/** Enters boot's part of the vmemmap into the list. @param memory bytes of one range of boot memory */
export function listBootMemmap(machine: Machine, table: HashTable, memory: Range): void {
  const { sectionBytes, memmapBytesPerSection } = machine.geometry
  const { pageBytes } = table.shape.vmemmap
  const start = Math.floor(memory.start / sectionBytes) * memmapBytesPerSection
  const end = Math.ceil(memory.end / sectionBytes) * memmapBytesPerSection
  insertInterval(table.state.bootVmemmap, {
    start: alignDown(start, pageBytes),
    end: alignUp(end, pageBytes),
  })
}

import type { PfnRange, Range } from '../address/range'
import { rangeSize } from '../address/range'
import { freeRange } from '../allocator/buddy'
import { disablePerCpu, enablePerCpu } from '../allocator/per-cpu'
import { blockOfSection, blockRange, writableBlock } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { isolateRange } from '../isolation/isolate'
import { migrateRange, scanMovable } from '../isolation/migrate'
import { undoIsolation } from '../isolation/online-range'
import { takeOut } from '../isolation/withhold'
import { operate } from '../machine/operation'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { Zone } from '../model/zone'
import { isMaterialised, sectionBase } from '../section-pages/columns'
import type { ListEnd } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { readableSlices, sectionSlices, writableSlices } from '../section-pages/section-range'
import { zoneOf } from '../zone/zone-table'
import { adjustManagedPages } from './accounting'

/** Pages of an online block that become PageOffline, or are to be the allocator's again. */
interface Part {
  readonly block: MemoryBlock
  readonly zone: Zone
  readonly range: PfnRange
}

/**
 * Takes pages of an online block from the allocator: what is in them moves away, to the same node or another, and they become
 * PageOffline. They stay present and are managed no more; the block goes offline with them. alloc_contig_range, and what
 * virtio-mem does with what that gives it.
 * @param range whole pageblocks of one online block
 * @throws HotplugError UNMOVABLE_PAGE, ALREADY_ISOLATED (EBUSY), OUT_OF_MEMORY (ENOMEM) where there is no room for what has to
 *   move; all pages are the allocator's as before, though some may have moved; BAD_ARGUMENT (EINVAL) for other ranges;
 *   OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: alloc_contig_range, mm/page_alloc.c 6.1; virtio_mem_fake_offline, drivers/virtio/virtio_mem.c 6.1.
 * @beta
 */
export function fakeOffline(machine: Machine, range: PfnRange): void {
  operate(machine, 'fake offline', () => {
    const part = partOf(machine, range)
    disablePerCpu(machine, part.zone)
    try {
      isolateRange(machine, part)
      try {
        emptyOut(machine, part)
        withhold(machine, range)
      } finally {
        undoIsolation(machine, part)
      }
    } finally {
      enablePerCpu(machine, part.zone)
    }
    count(machine, part, -rangeSize(range))
  })
}

/**
 * Gives pages that `fakeOffline` took, or that were withheld as their block came online, to the allocator.
 * @param range pages of one online block, all of them withheld
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for other ranges; OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: virtio_mem_fake_online, drivers/virtio/virtio_mem.c 6.1.
 * @beta
 */
export function fakeOnline(machine: Machine, range: PfnRange): void {
  operate(machine, 'fake online', () => {
    const part = partOf(machine, range)
    for (const { section: seen, start, end } of writableSlices(machine, range)) {
      const section = materialise(machine, seen.nr)
      const { kind } = section.pages
      const areWithheld = kind.subarray(start, end).every((each) => each === PAGE_KIND.withheld)
      if (!areWithheld) throw badRange(range, 'are not all withheld')
      for (const run of unusedApart(machine, section, { start, end }))
        freeRange(machine, { section, ...run })
    }
    count(machine, part, rangeSize(range))
  })
}

/** Cuts a range where pages that the allocator never had meet others: those go where such go that come online. */
function unusedApart(
  machine: Machine,
  section: MaterialisedSection,
  { start, end }: Range,
): readonly { readonly range: Range; readonly listEnd: ListEnd }[] {
  const { onlined } = machine.generation.rules.allocator
  const { flags } = section.pages
  const runs: { readonly range: { start: number; end: number }; readonly listEnd: ListEnd }[] = []
  for (let at = start; at < end; at += machine.geometry.pageblockPages) {
    const to = Math.min(end, at + machine.geometry.pageblockPages)
    const listEnd = ((flags[at] ?? 0) & PAGE_FLAG.unused) === 0 ? 'first' : onlined
    const last = runs.at(-1)
    if (last?.listEnd === listEnd) last.range.end = to
    else runs.push({ range: { start: at, end: to }, listEnd })
  }
  return runs
}

function partOf(machine: Machine, range: PfnRange): Part {
  const { pageblockPages } = machine.geometry
  const [first] = sectionSlices(machine, range)
  if (first === undefined || range.start % pageblockPages > 0 || range.end % pageblockPages > 0)
    throw badRange(range, 'are not whole pageblocks')
  const block = writableBlock(machine, blockOfSection(machine, first.nr))
  if (range.end > blockRange(machine, block.id).end) throw badRange(range, 'are not of one block')
  if (block.state !== 'online' || block.zone === null) throw badRange(range, 'are not online')
  return { block, zone: zoneOf(machine, block.zone), range }
}

const badRange = ({ start, end }: PfnRange, what: string): HotplugError =>
  new HotplugError('BAD_ARGUMENT', 'EINVAL', `Pages ${start} to ${end} ${what}.`, {
    detail: { start, end },
  })

/**
 * Moves what can move out of an isolated range, until all of it is free. Gigantic pages are not touched.
 * @throws HotplugError UNMOVABLE_PAGE (EBUSY), OUT_OF_MEMORY (ENOMEM), also where the range holds a part of a gigantic page
 * Source: __alloc_contig_migrate_range, mm/page_alloc.c 6.1; isolate_or_dissolve_huge_page, mm/hugetlb.c 6.1.
 */
export function emptyOut(machine: Machine, { zone, range }: Pick<Part, 'zone' | 'range'>): void {
  const gigantic = machine.subsystems.hugePages?.firstGigantic(machine, range)
  if (gigantic !== undefined) {
    const text = `Page ${gigantic.toString(16)} is gigantic, and made no contiguous memory of.`
    throw new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail: { pfn: gigantic } })
  }
  const targets = [...machine.state.memory.nodes.keys()]
  for (;;) {
    const found = scanMovable(machine, { range, from: range.start })
    if (found.kind !== 'found') break
    const { migrated, failed } = migrateRange(machine, { zone, range, targets })
    if (migrated > 0) continue
    const [first] = failed
    if (first?.reason === 'no-memory') {
      const text = `No memory is left for what is in page ${first.pfn.toString(16)}.`
      throw new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail: { pfn: first.pfn } })
    }
    throw unmovable(first?.pfn ?? found.pfn)
  }
  const left = firstUsed(machine, range)
  if (left !== undefined) throw unmovable(left)
}

const unmovable = (pfn: number): HotplugError =>
  new HotplugError('UNMOVABLE_PAGE', 'EBUSY', `Page ${pfn.toString(16)} cannot move.`, {
    detail: { pfn },
  })

/** The first page of a range that is not free. A section without descriptors is free as a whole. */
function firstUsed(machine: Machine, range: PfnRange): number | undefined {
  for (const { section, start, end } of readableSlices(machine, range)) {
    if (!isMaterialised(section)) continue
    const { kind } = section.pages
    for (let at = start; at < end; at++) {
      if (kind[at] !== PAGE_KIND.free && kind[at] !== PAGE_KIND.freeTail)
        return sectionBase(machine, section) + at
    }
  }
  return undefined
}

function withhold(machine: Machine, range: PfnRange): number {
  return writableSlices(machine, range)
    .map((part) => takeOut(machine, part, PAGE_KIND.withheld))
    .reduce((sum, pages) => sum + pages, 0)
}

function count(machine: Machine, { block, zone }: Part, pages: number): void {
  block.withheldPages -= pages
  invariant(block.withheldPages >= 0, `memory${block.id} withholds no fewer pages than none.`)
  adjustManagedPages(machine, { zone, pages })
}

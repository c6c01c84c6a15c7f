import { formatHex } from '@memhp/kernel-files'
import { type Pfn, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { freeRange, takeFreePage } from '../allocator/buddy'
import { HotplugError } from '../errors/hotplug-error'
import { codeOf } from '../machine/kernel-code'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import { findSection, sectionOfPfn, zoneOfPfn } from '../section/section-table'
import { isMaterialised, ownerAt, sectionBase, stampPage } from '../section-pages/columns'
import { isApart } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { readableSlices } from '../section-pages/section-range'
import { zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'

/**
 * Turns the lowest free page of a range into a page that cannot move: one of kernel memory, as if the kernel had happened to allocate it
 * there, or one on the LRU that is pinned. Pages of pageblocks that are isolated or set aside are passed over. The pageblock keeps its type; but where memory
 * that comes online is allocated from first, the page lies in the topmost free chunk of the range, which is the kernel's from then on.
 * @param where `as`: `kernel` (default), which refuses at once that its block goes offline; `pinned`, with which that makes no progress
 * @returns the page; null where the range has no free one
 * @public
 */
export function placeUnmovablePage(
  machine: Machine,
  where: { readonly range: PfnRange; readonly as?: 'kernel' | 'pinned' },
): Pfn | null {
  const { as = 'kernel' } = where
  const { pageblockPages } = machine.geometry
  const likely = machine.generation.code?.likelyPart(machine, where.range) ?? where.range
  for (const part of readableSlices(machine, likely)) {
    const { section: seen, start, end } = part
    const nothing = !seen.online || seen.summary === 'reserved' || seen.summary === 'isolated'
    if (start >= end || (!isMaterialised(seen) && nothing)) continue
    const section = materialise(machine, seen.nr)
    const { kind } = section.pages
    for (let pageIndex = start; pageIndex < end; pageIndex++) {
      if (kind[pageIndex] !== PAGE_KIND.free && kind[pageIndex] !== PAGE_KIND.freeTail) continue
      if (isApart(section.pageblocks[Math.floor(pageIndex / pageblockPages)])) continue
      if (!takeFreePage(zoneSliceAt(machine, section, pageIndex), pageIndex)) continue
      kind[pageIndex] = as === 'kernel' ? PAGE_KIND.slab : PAGE_KIND.lru
      if (as === 'pinned') section.pages.flags[pageIndex] = PAGE_FLAG.pinned
      stampPage(section.pages, pageIndex)
      return pfn(sectionBase(machine, section) + pageIndex)
    }
  }
  return null
}

/**
 * Makes the topmost free chunk of a range the kernel's, as an allocation that is gone again leaves it: the next kernel
 * memory of the zone comes from there.
 * @returns false where the range has no such chunk
 * @alpha
 */
export function claimKernelChunk(machine: Machine, where: { readonly range: PfnRange }): boolean {
  const key = zoneOfPfn(machine, where.range.start)
  if (key === null) return false
  const claim = { ...where.range, type: MIGRATE_TYPE.unmovable }
  return codeOf(machine).claimTopmost(machine, zoneOf(machine, key), claim) !== undefined
}

/** Whether a page, without an owner, is as `placeUnmovablePage` makes them. */
const isPlaced = ({ pages }: MaterialisedSection, pageIndex: number): boolean =>
  ownerAt(pages, pageIndex) === 0 &&
  (pages.kind[pageIndex] === PAGE_KIND.slab ||
    (pages.kind[pageIndex] === PAGE_KIND.lru && pages.flags[pageIndex] === PAGE_FLAG.pinned))

/**
 * Frees a page that `placeUnmovablePage` placed, or another of kernel memory, past the per-CPU lists.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for any other page, and for one with an owner
 * @public
 */
export function removeUnmovablePage(machine: Machine, page: Pfn): void {
  const seen = findSection(machine, sectionOfPfn(machine, page))
  const pageIndex = page % machine.geometry.pagesPerSection
  const section = seen?.online === true ? materialise(machine, seen.nr) : undefined
  if (section === undefined || !isPlaced(section, pageIndex)) {
    const text = `Page ${formatHex(page)} is none that was placed.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { pfn: page } })
  }
  section.pages.flags[pageIndex] = 0
  freeRange(machine, { section, range: { start: pageIndex, end: pageIndex + 1 } })
}

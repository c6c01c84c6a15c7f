import { type Pfn, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../machine/machine'
import { peekSection, sectionOfPfn } from '../section/section-table'
import { freeRange, takeFreePage } from './buddy'
import { isOpen, sectionBase } from './columns'
import { openSection } from './layout'
import { MIGRATE_TYPE, PAGE_KIND } from './page'
import { peekedParts } from './section-range'
import { stretchAt } from './stretch'

/**
 * Turns the lowest free page of a range into a page of kernel memory, as if the kernel had happened to allocate it
 * there. Pages of isolated pageblocks are passed over. The pageblock keeps its type.
 * @returns the page; null where the range has no free one
 */
export function placeUnmovablePage(
  machine: Machine,
  where: { readonly range: PfnRange },
): Pfn | null {
  const { pageblockPages } = machine.geometry
  for (const part of peekedParts(machine, where.range)) {
    const { section: seen, start, end } = part
    const nothing = !seen.online || seen.uniform === 'reserved' || seen.uniform === 'isolated'
    if (start >= end || (!isOpen(seen) && nothing)) continue
    const section = openSection(machine, seen.nr)
    const { kind } = section.pages
    for (let place = start; place < end; place++) {
      if (kind[place] !== PAGE_KIND.free && kind[place] !== PAGE_KIND.freeTail) continue
      const type = section.pageblocks[Math.floor(place / pageblockPages)]
      if (type === MIGRATE_TYPE.isolate) continue
      if (!takeFreePage(stretchAt(machine, section, place), place)) continue
      kind[place] = PAGE_KIND.slab
      return pfn(sectionBase(machine, section) + place)
    }
  }
  return null
}

/**
 * Frees a page of kernel memory, past the per-CPU lists.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) where the page is no kernel memory without an owner
 */
export function removeUnmovablePage(machine: Machine, page: Pfn): void {
  const seen = peekSection(machine, sectionOfPfn(machine, page))
  const place = page % machine.geometry.pagesPerSection
  const section = seen?.online === true ? openSection(machine, seen.nr) : undefined
  if (section?.pages.kind[place] !== PAGE_KIND.slab || section.pages.owner[place] !== 0) {
    const text = `Page 0x${page.toString(16)} is no kernel memory that was placed.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { pfn: page } })
  }
  freeRange(machine, { section, range: { start: place, end: place + 1 } })
}

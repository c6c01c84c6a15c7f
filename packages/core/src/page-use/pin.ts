import { formatHex } from '@memhp/kernel-files'
import type { Pfn } from '../address/brand'
import { HotplugError } from '../errors/hotplug-error'
import { kindName } from '../isolation/obstacle'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import { findSection, sectionOfPfn } from '../section/section-table'
import { stampPage } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'

/** The section of a page that can be pinned, materialised. */
function pinnable(
  machine: Machine,
  page: Pfn,
): { section: MaterialisedSection; pageIndex: number } {
  const nr = sectionOfPfn(machine, page)
  const hex = formatHex(page)
  if (findSection(machine, nr)?.online !== true) {
    const text = `Page ${hex} is not online.`
    throw new HotplugError('PAGE_NOT_ONLINE', 'EFAULT', text, { detail: { pfn: page } })
  }
  const section = materialise(machine, nr)
  const pageIndex = page % machine.geometry.pagesPerSection
  const kind = section.pages.kind[pageIndex] ?? 0
  if (kind === PAGE_KIND.lru || kind === PAGE_KIND.withheld) return { section, pageIndex }
  const text = `Page ${hex} (${kindName(kind)}) is not of the kind that is pinned.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { pfn: page } })
}

/**
 * Takes a long-term reference to a page on the LRU, so that it cannot be migrated; or to a withheld page, so that
 * its memory cannot go offline. Pins do not nest.
 * @throws HotplugError PAGE_NOT_ONLINE (EFAULT), BAD_ARGUMENT (EINVAL) for a page of another kind
 * @public
 */
export function pinPage(machine: Machine, page: Pfn): void {
  const { section, pageIndex } = pinnable(machine, page)
  section.pages.flags[pageIndex] = (section.pages.flags[pageIndex] ?? 0) | PAGE_FLAG.pinned
  stampPage(section.pages, pageIndex)
}

/**
 * Drops the reference that `pinPage` took.
 * @throws HotplugError as `pinPage`
 * @public
 */
export function unpinPage(machine: Machine, page: Pfn): void {
  const { section, pageIndex } = pinnable(machine, page)
  section.pages.flags[pageIndex] = (section.pages.flags[pageIndex] ?? 0) & ~PAGE_FLAG.pinned
  stampPage(section.pages, pageIndex)
}

import type { Pfn } from '../address/brand'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../machine/machine'
import { peekSection, sectionOfPfn } from '../section/section-table'
import type { OpenSection } from './columns'
import { openSection } from './layout'
import { kindName } from './obstacle'
import { PAGE_FLAG, PAGE_KIND } from './page'

/** The section of a page that can be pinned, laid out. */
function pinnable(machine: Machine, page: Pfn): { section: OpenSection; place: number } {
  const nr = sectionOfPfn(machine, page)
  const hex = `0x${page.toString(16)}`
  if (peekSection(machine, nr)?.online !== true) {
    const text = `Page ${hex} is not online.`
    throw new HotplugError('PAGE_NOT_ONLINE', 'EFAULT', text, { detail: { pfn: page } })
  }
  const section = openSection(machine, nr)
  const place = page % machine.geometry.pagesPerSection
  const kind = section.pages.kind[place] ?? 0
  if (kind === PAGE_KIND.lru || kind === PAGE_KIND.withheld) return { section, place }
  const text = `Page ${hex} (${kindName(kind)}) is not of the kind that is pinned.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { pfn: page } })
}

/**
 * Takes a long-term reference to a page on the LRU, so that it cannot be migrated; or to a withheld page, so that
 * its memory cannot go offline. Pins do not nest.
 * @throws HotplugError PAGE_NOT_ONLINE (EFAULT), BAD_ARGUMENT (EINVAL) for a page of another kind
 */
export function pinPage(machine: Machine, page: Pfn): void {
  const { section, place } = pinnable(machine, page)
  section.pages.flags[place] = (section.pages.flags[place] ?? 0) | PAGE_FLAG.pinned
}

/** Drops the reference that `pinPage` took. @throws HotplugError as `pinPage` */
export function unpinPage(machine: Machine, page: Pfn): void {
  const { section, place } = pinnable(machine, page)
  section.pages.flags[place] = (section.pages.flags[place] ?? 0) & ~PAGE_FLAG.pinned
}

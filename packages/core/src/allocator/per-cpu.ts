import { type Pfn, sectionNr } from '../address/brand'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import type { Zone } from '../model/zone'
import { isApart } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { clearPages, freeRange } from './buddy'

/** Pages that a zone's list holds before a batch of the same size goes back to the buddy allocator. */
export const PER_CPU_BATCH = 63

function freePage(machine: Machine, page: number): void {
  const { pagesPerSection } = machine.geometry
  const section = materialise(machine, sectionNr(Math.floor(page / pagesPerSection)))
  const start = page % pagesPerSection
  freeRange(machine, { section, range: { start, end: start + 1 } })
}

/** Gives the pages of a zone's per-CPU lists back to the buddy allocator. */
export function drainPerCpu(machine: Machine, zone: Zone): void {
  for (const page of zone.perCpu.splice(0)) freePage(machine, page)
}

/**
 * Empties a zone's per-CPU lists and keeps them empty until they are enabled as often as they were disabled.
 * Source: zone_pcp_disable, mm/page_alloc.c 6.1.
 */
export function disablePerCpu(machine: Machine, zone: Zone): void {
  zone.perCpuDisabled += 1
  drainPerCpu(machine, zone)
}

/** The reverse of `disablePerCpu`. @throws InvariantViolation where the lists were not disabled */
export function enablePerCpu(_machine: Machine, zone: Zone): void {
  invariant(zone.perCpuDisabled > 0, `The per-CPU lists of ${zone.key} are not disabled.`)
  zone.perCpuDisabled -= 1
}

/**
 * Frees one page into its zone's per-CPU list.
 * @returns false where the page must go to the buddy allocator: the lists are disabled, or its pageblock is isolated or set aside
 */
export function freeToPerCpu(
  machine: Machine,
  where: { readonly zone: Zone; readonly page: Pfn },
): boolean {
  const { zone, page } = where
  const { pagesPerSection, pageblockPages } = machine.geometry
  const section = materialise(machine, sectionNr(Math.floor(page / pagesPerSection)))
  const pageIndex = page % pagesPerSection
  const type = section.pageblocks[Math.floor(pageIndex / pageblockPages)]
  if (zone.perCpuDisabled > 0 || isApart(type)) return false
  clearPages(section, { start: pageIndex, end: pageIndex + 1 })
  section.pages.kind[pageIndex] = PAGE_KIND.perCpu
  zone.perCpu.push(page)
  if (zone.perCpu.length > PER_CPU_BATCH) {
    for (const old of zone.perCpu.splice(0, PER_CPU_BATCH)) freePage(machine, old)
  }
  return true
}

/** Takes the page that was freed last into a zone's per-CPU list and lies in a pageblock of this type. */
export function takeFromPerCpu(
  machine: Machine,
  wanted: { readonly zone: Zone; readonly type: number },
): Pfn | null {
  const { zone, type } = wanted
  const { pagesPerSection, pageblockPages } = machine.geometry
  for (let i = zone.perCpu.length - 1; i >= 0; i--) {
    const page = zone.perCpu[i] ?? 0
    const section = materialise(machine, sectionNr(Math.floor(page / pagesPerSection)))
    const pageIndex = page % pagesPerSection
    if (section.pageblocks[Math.floor(pageIndex / pageblockPages)] !== type) continue
    zone.perCpu.splice(i, 1)
    return page as Pfn
  }
  return null
}

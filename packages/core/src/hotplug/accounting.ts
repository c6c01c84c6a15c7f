import { groupOf } from '../block/group'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { isMovableZone } from '../zone/zone-table'

/** Whose present pages change, and by how many (negative when they leave). */
export interface PresentChange {
  readonly zone: Zone
  readonly pages: number
  readonly early: boolean
  readonly groupId: number | null
}

/** Source: adjust_present_page_count, mm/memory_hotplug.c 6.1. */
export function adjustPresentPages(machine: Machine, change: PresentChange): void {
  const { zone, pages, early, groupId } = change
  if (early) zone.presentEarlyPages += pages
  zone.presentPages += pages
  if (groupId === null) return
  const group = groupOf(machine, groupId)
  if (isMovableZone(zone)) group.presentMovablePages += pages
  else group.presentKernelPages += pages
}

/** Source: adjust_managed_page_count, mm/page_alloc.c 6.1. */
export function adjustManagedPages(
  machine: Machine,
  change: { readonly zone: Zone; readonly pages: number },
): void {
  change.zone.managedPages += change.pages
  machine.state.memory.totalManagedPages += change.pages
}

import type { Machine } from '../model/machine'
import { PAGE_FLAG } from '../model/page'
import { isMaterialised } from '../section-pages/columns'

/** The flags of a poisoned page. */
const POISONED = [PAGE_FLAG.hwpoison, PAGE_FLAG.hwpoison | PAGE_FLAG.pinned]

/** How many entries of a column have a value, most of which have another. */
function countOf(column: Uint8Array, value: number): number {
  let count = 0
  for (let at = column.indexOf(value); at !== -1; at = column.indexOf(value, at + 1)) count += 1
  return count
}

/** Pages that are marked as poisoned, online or not. Costs a look at each page of the sections that are materialised. */
export function poisonedPageCount(machine: Machine): number {
  let count = 0
  for (const section of machine.state.memory.sections.separated.values()) {
    count += section.poisonedPages.length + (section.capturedUse?.poisoned ?? 0)
    if (!isMaterialised(section)) continue
    for (const flags of POISONED) count += countOf(section.pages.flags, flags)
  }
  return count
}

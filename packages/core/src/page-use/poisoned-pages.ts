import type { Machine } from '../model/machine'
import { PAGE_FLAG } from '../model/page'
import { isMaterialised } from '../section-pages/columns'

/** Pages that are marked as poisoned, online or not. Costs a look at each page of the sections that are materialised. */
export function poisonedPageCount(machine: Machine): number {
  let count = 0
  for (const section of machine.state.memory.sections.separated.values()) {
    count += section.poisonedPages.length + (section.capturedUse?.poisoned ?? 0)
    if (!isMaterialised(section)) continue
    for (const flags of section.pages.flags) if ((flags & PAGE_FLAG.hwpoison) !== 0) count += 1
  }
  return count
}

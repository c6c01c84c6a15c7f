import type { Machine } from '../model/machine'
import { PAGE_FLAG } from '../model/page'
import type { Section } from '../model/section'
import type { Rereader } from '../model/subsystem'
import { isMaterialised } from '../section-pages/columns'

/** The flags of a poisoned page. */
const POISONED = [PAGE_FLAG.hwpoison, PAGE_FLAG.hwpoison | PAGE_FLAG.pinned]

/** How many entries of a column have a value, most of which have another. */
function countOf(column: Uint8Array, value: number): number {
  let count = 0
  for (let at = column.indexOf(value); at !== -1; at = column.indexOf(value, at + 1)) count += 1
  return count
}

/** Pages of a section that are marked. Costs a look at each where the section is materialised. */
function poisonedIn(section: Readonly<Section>): number {
  let count = section.poisonedPages.length + (section.capturedUse?.poisoned ?? 0)
  if (!isMaterialised(section)) return count
  for (const flags of POISONED) count += countOf(section.pages.flags, flags)
  return count
}

/** Prepares the count of pages that are marked as poisoned, online or not. @param rereader does not count again what was not written */
export const poisonedPageCount = (
  machine: Machine,
  rereader: Rereader | undefined,
): (() => number) =>
  rereader?.poisoned(poisonedIn) ??
  (() => {
    let count = 0
    for (const section of machine.state.memory.sections.separated.values())
      count += poisonedIn(section)
    return count
  })

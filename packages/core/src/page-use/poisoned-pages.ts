import { blockOfSection } from '../block/block-table'
import type { WrittenBlocks } from '../block/written-blocks'
import type { Machine } from '../model/machine'
import { PAGE_FLAG } from '../model/page'
import type { Section } from '../model/section'
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

/** Prepares the count of pages that are marked as poisoned, online or not. A section that was not written is not counted again. */
export function poisonedPageCount(machine: Machine, written: WrittenBlocks): () => number {
  const known = new WeakMap<Section, { readonly version: number; readonly count: number }>()
  const countIn = (section: Section): number => {
    const version = written.ofPages(blockOfSection(machine, section.nr))
    const last = known.get(section)
    if (last !== undefined && last.version === version) return last.count
    const count = poisonedIn(section)
    if (version !== undefined) known.set(section, { version, count })
    return count
  }
  let whole: { readonly version: number | undefined; readonly count: number } | undefined
  return () => {
    const version = written.ofAllPages()
    if (version !== undefined && whole?.version === version) return whole.count
    let count = 0
    for (const section of machine.state.memory.sections.separated.values())
      count += countIn(section)
    whole = { version, count }
    return count
  }
}

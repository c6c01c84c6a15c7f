import { nodeId, type SectionNr, sectionNr } from '../address/brand'
import { zonelist } from '../allocator/zonelist'
import { memmapPagesOfBlock } from '../mapping/memmap-on-memory'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { findSection } from '../section/section-table'
import { changeCapturedUse, recordCapturedUse } from '../section-pages/captured-use'
import { NOTHING_USED } from '../section-pages/captured-use-plan'
import { zoneExtents } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'

/**
 * Makes the free pages of each node what the capture says. A live host moves on between one file and the next, so
 * that what its blocks hold does not add up to its free memory; the rest is put down to movable pages, more or fewer. Then the use
 * of boot memory is decided.
 */
export function matchFreePages(machine: Machine): void {
  for (const facts of machine.description.freePages ?? []) {
    const node = machine.state.memory.nodes.get(nodeId(facts.node))
    if (node === undefined) continue
    const sections = capturedSections(machine, node)
    const surplus = freePagesOf(node) - facts.pages
    const left = spread(machine, sections, { use: 'movable', pages: surplus })
    if (left > 0) useUpPristine(machine, node, left)
  }
  machine.subsystems.contiguousMemory?.boot(machine)
}

/** Tables that a block may need beside its memmap. What is not taken is put down to movable pages. */
const TABLE_PAGES = 2

/**
 * Makes room for the memmap and the tables of blocks that were hot-added before the capture: the capture has counted it as kernel
 * memory already, and boot is about to allocate it again.
 */
export function forgetCountedMemmap(
  machine: Machine,
  blocks: readonly { readonly nodes: readonly number[] }[],
): void {
  for (const block of blocks) {
    const zones = zonelist(machine, { nodeId: nodeId(block.nodes[0] ?? 0), mobility: 'unmovable' })
    const server = zones.find((zone) => zone.free.freePages > 0)
    const node = server && machine.state.memory.nodes.get(server.nodeId)
    if (node === undefined) continue
    const pages = -memmapPagesOfBlock(machine) - TABLE_PAGES
    spread(machine, capturedSections(machine, node), { use: 'unmovable', pages })
  }
}

const freePagesOf = (node: MemoryNode): number =>
  node.zones.reduce((sum, zone) => sum + zone.free.freePages, 0)

/** Those of the node alone first: pages of a section that nodes share are used from the lowest up, whose they are. */
function capturedSections(machine: Machine, node: MemoryNode): readonly SectionNr[] {
  const all = [...new Set(node.zones.flatMap((zone) => [...zone.free.captured]))].map(sectionNr)
  const isShared = (nr: SectionNr): boolean => {
    const section = findSection(machine, nr)
    const zones = section === undefined ? [] : zoneExtents(machine, section)
    return zones.some(({ zone }) => zoneOf(machine, zone).nodeId !== node.id)
  }
  const shared = new Set(all.filter(isShared))
  return [...all.filter((nr) => !shared.has(nr)), ...shared]
}

/** @returns what none of the sections could take */
function spread(
  machine: Machine,
  sections: readonly SectionNr[],
  change: { readonly use: 'movable' | 'unmovable'; readonly pages: number },
): number {
  let left = change.pages
  for (const nr of sections) {
    if (left === 0) break
    left -= changeCapturedUse(machine, { nr, use: change.use, pages: left })
  }
  return left
}

/** Puts movable pages into sections that nothing was known of, from the end of the node's memory down. */
function useUpPristine(machine: Machine, node: MemoryNode, pages: number): void {
  const { pagesPerSection } = machine.geometry
  let left = pages
  for (const zone of [...node.zones].reverse()) {
    for (
      let run = zone.free.untouchedRuns.at(-1);
      run !== undefined && left > 0;
      run = zone.free.untouchedRuns.at(-1)
    ) {
      const movable = Math.min(left, pagesPerSection)
      const nr = sectionNr(Math.ceil(run.end / pagesPerSection) - 1)
      recordCapturedUse(machine, { nr, use: { ...NOTHING_USED, movable } })
      left -= movable
    }
  }
}

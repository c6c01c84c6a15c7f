import { nodeId, type SectionNr, sectionNr } from '../address/brand'
import { zonelist } from '../allocator/zonelist'
import { memmapPagesPerBlock } from '../mapping/memmap-on-memory'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { changeCapturedUse, recordCapturedUse } from '../section-pages/captured-use'
import { NOTHING_USED } from '../section-pages/captured-use-plan'

/**
 * Makes the free pages of each node what the capture says. A live host moves on between one file and the next, so
 * that what its blocks hold does not add up to its free memory; the rest is put down to movable pages, more or fewer.
 */
export function matchFreePages(machine: Machine): void {
  for (const facts of machine.description.freePages ?? []) {
    const node = machine.state.memory.nodes.get(nodeId(facts.node))
    if (node === undefined) continue
    const sections = capturedSections(node)
    const surplus = freePagesOf(node) - facts.pages
    const left = spread(machine, sections, { use: 'movable', pages: surplus })
    if (left > 0) useUpPristine(machine, node, left)
  }
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
    const pages = -memmapPagesPerBlock(machine) - TABLE_PAGES
    spread(machine, capturedSections(node), { use: 'unmovable', pages })
  }
}

const freePagesOf = (node: MemoryNode): number =>
  node.zones.reduce((sum, zone) => sum + zone.free.freePages, 0)

const capturedSections = (node: MemoryNode): readonly SectionNr[] =>
  [...new Set(node.zones.flatMap((zone) => [...zone.free.captured]))].map(sectionNr)

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

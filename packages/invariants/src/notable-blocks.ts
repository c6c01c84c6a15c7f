import type { Machine, MemoryBlock } from '@memhp/core'
import { type BlockId, blockId, invariant, type SectionNr, sectionNr } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'

/**
 * The blocks that a check looks at: all that were changed since boot, and both ends of each run of untouched ones,
 * ascending. Blocks inside a run are all like its ends.
 */
function notableBlockIds(machine: Machine): readonly BlockId[] {
  const { runs, separated } = machine.state.memory.blocks
  const ids = new Set<BlockId>(separated.keys())
  for (const run of runs) {
    ids.add(run.start)
    ids.add(blockId(run.end - 1))
  }
  return [...ids].sort((a, b) => a - b)
}

/** The blocks of `notableBlockIds`. */
export const notableBlocks = (machine: Machine): readonly Readonly<MemoryBlock>[] =>
  notableBlockIds(machine).map((id) => {
    const block = findBlock(machine, id)
    invariant(block, `memory${id} is listed and there.`)
    return block
  })

/** The numbers of a block's sections. */
export function sectionsOfBlock(machine: Machine, id: BlockId): readonly SectionNr[] {
  const { sectionsPerBlock } = machine.geometry
  return Array.from({ length: sectionsPerBlock }, (_, i) => sectionNr(id * sectionsPerBlock + i))
}

/** The block of a section. */
export const blockOfSection = (machine: Machine, nr: SectionNr): BlockId =>
  blockId(Math.floor(nr / machine.geometry.sectionsPerBlock))

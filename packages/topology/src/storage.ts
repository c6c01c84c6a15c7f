import { blockDirectory } from '@memhp/kernel-files'
import { mapBounded, type Source } from './source'
import type { BareBlock, BlockInfo } from './topology'

async function incrementOf(source: Source, block: number): Promise<number | null> {
  const path = `${blockDirectory(block)}/phys_device`
  const text = await source.optionalText(path, 'The storage increment is unknown.')
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : null
}

/**
 * Adds to the blocks what `phys_device` reads: it grows with the address, so that 0 in the last block is 0 in all; all blocks have it,
 * or none. They are not copied: a host may have many thousands.
 * @returns the same blocks
 */
export async function addStorage(
  source: Source,
  blocks: readonly BareBlock[],
): Promise<readonly BlockInfo[]> {
  const last = blocks.at(-1)
  const highest = last === undefined ? null : await incrementOf(source, last.id)
  if (highest === 0 || highest === null)
    return blocks.map((block) => Object.assign(block, { physDevice: highest }))
  return mapBounded(blocks, async (block) =>
    Object.assign(block, { physDevice: await incrementOf(source, block.id) }),
  )
}

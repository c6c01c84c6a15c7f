import { type BlockId, blockId, HotplugError, type NodeId, nodeId, physAddr } from '@memhp/core'
import {
  BLOCK_SIZE_FILE,
  blockDirectory,
  MEMORY_DIRECTORY,
  parseHex,
  TextFault,
} from '@memhp/kernel-files'
import { idsIn } from './nodes'
import { mapBounded, type Source } from './source'
import type { BlockContents, BlockInfo, BlockZones, NodeInfo } from './topology'

/** What is known of the blocks before their directories are read. */
export interface BlockSurroundings {
  readonly blockBytes: number
  readonly nodes: readonly NodeInfo[]
  readonly contents: (block: BlockId) => BlockContents | undefined
}

/**
 * Bytes of a memory block.
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER
 */
export async function readBlockBytes(source: Source): Promise<number> {
  const path = BLOCK_SIZE_FILE
  const text = await source.text(path, 'Memory blocks cannot be placed.')
  if (text === undefined) {
    throw new HotplugError(
      'NO_SUCH_FILE',
      'ENOENT',
      `${path} cannot be read: the kernel has no memory hot-plug, or the tree holds no copy of it.`,
      { detail: { path } },
    )
  }
  const bytes = blockBytesOf(text)
  if (bytes > 0) return bytes
  throw new HotplugError(
    'BAD_NUMBER',
    'EINVAL',
    `${path} reads ${JSON.stringify(text)}, which is not a hexadecimal number of bytes.`,
    { detail: { path, text } },
  )
}

/** Zero for what is not a number. */
function blockBytesOf(text: string): number {
  try {
    return parseHex(text.trim())
  } catch (error) {
    if (error instanceof TextFault) return 0
    throw error
  }
}

function stateOf(text: string | undefined): BlockInfo['state'] {
  const word = text?.trim()
  return word === 'online' || word === 'offline' || word === 'going-offline' ? word : 'unknown'
}

function zonesOf(text: string | undefined, state: BlockInfo['state']): BlockZones {
  const names = text?.trim().split(/\s+/).filter(Boolean) ?? []
  const [first] = names
  if (first === undefined) return { kind: 'unknown' }
  if (first === 'none') return { kind: 'mixed' }
  // While it goes offline the kernel already answers as for an offline block.
  return state === 'online' ? { kind: 'in', name: first } : { kind: 'candidates', names }
}

/** Which nodes list each block. Undefined where the node directories list none at all. */
function nodesByBlock(nodes: readonly NodeInfo[]): Map<number, NodeId[]> | undefined {
  const byBlock = new Map<number, NodeId[]>()
  for (const node of nodes) {
    for (const block of node.blocks) byBlock.set(block, [...(byBlock.get(block) ?? []), node.id])
  }
  return byBlock.size === 0 ? undefined : byBlock
}

/**
 * Finds the nodes of a block. The nodes' own directories name their blocks, which costs one listing a
 * node; only where they do not (a folder without them) is each block listed, if the first has links.
 */
async function nodeFinder(
  source: Source,
  nodes: readonly NodeInfo[],
  first: string,
): Promise<(id: number, directory: string) => Promise<readonly NodeId[]>> {
  const byBlock = nodesByBlock(nodes)
  if (byBlock !== undefined) return async (id) => byBlock.get(id) ?? []
  const meaning = 'The nodes of the block are unknown.'
  const linked = async (directory: string): Promise<readonly NodeId[]> =>
    idsIn((await source.names(directory, meaning)) ?? [], 'node').map(nodeId)
  if ((await linked(first)).length === 0) return async () => []
  return async (_, directory) => linked(directory)
}

/** Reads `phys_device`. It grows with the address, so that 0 in the last block is 0 in all; all blocks have it, or none. */
async function physDeviceFinder(
  source: Source,
  last: string,
): Promise<(directory: string) => Promise<number | null>> {
  const read = async (directory: string): Promise<number | null> => {
    const meaning = 'The storage increment is unknown.'
    const text = await source.optionalText(`${directory}/phys_device`, meaning)
    return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : null
  }
  const ofLast = await read(last)
  return ofLast === 0 || ofLast === null ? async () => ofLast : read
}

/** A block's state; undefined where the block went away since it was listed. */
async function readState(
  source: Source,
  directory: string,
): Promise<BlockInfo['state'] | undefined> {
  const path = `${directory}/state`
  const message = 'The state of the block is unknown.'
  const text = await source.optionalText(path, message)
  if (text !== undefined) return stateOf(text)
  if (!(await source.exists(directory))) return undefined
  if (!(await source.exists(path))) source.note('absent', { path, message })
  return 'unknown'
}

/**
 * Reads the memory blocks, ascending. A block costs three files and one link, however many there are;
 * its nodes come from the nodes' own directories.
 * @throws HotplugError BAD_NUMBER where blocks end above what a number holds
 */
export async function readBlocks(
  source: Source,
  surroundings: BlockSurroundings,
): Promise<readonly BlockInfo[]> {
  const { blockBytes, nodes, contents } = surroundings
  const names = await source.names(MEMORY_DIRECTORY, 'There are no memory blocks.')
  const ids = idsIn(names ?? [], 'memory')
  const [first, last] = [ids[0], ids.at(-1)]
  if (first === undefined || last === undefined) return []
  refuseBeyondNumbers(last, blockBytes)
  const nodesOf = await nodeFinder(source, nodes, blockDirectory(first))
  const physDeviceOf = await physDeviceFinder(source, blockDirectory(last))

  const blocks = await mapBounded(ids, async (id): Promise<BlockInfo | undefined> => {
    const directory = blockDirectory(id)
    const state = await readState(source, directory)
    if (state === undefined) return undefined
    const zones = await source.text(`${directory}/valid_zones`, 'The zone of the block is unknown.')
    const removable = await source.optionalText(
      `${directory}/removable`,
      'What the kernel says of removing the block is unknown.',
    )
    const device = await source.link(`${directory}/firmware_node`)
    return {
      id: blockId(id),
      start: physAddr(id * blockBytes),
      end: physAddr((id + 1) * blockBytes),
      state,
      zones: zonesOf(zones, state),
      nodes: await nodesOf(id, directory),
      removable: removable === undefined ? null : removable.trim() === '1',
      device: device?.split('/').at(-1) ?? null,
      physDevice: await physDeviceOf(directory),
      contents: contents(blockId(id)) ?? null,
    }
  })
  return blocks.filter((block) => block !== undefined)
}

function refuseBeyondNumbers(last: number, blockBytes: number): void {
  if (Number.isSafeInteger((last + 1) * blockBytes)) return
  throw new HotplugError(
    'BAD_NUMBER',
    'EINVAL',
    `${blockDirectory(last)} would end above 2^53 bytes: no supported machine reaches that far.`,
    { detail: { block: last, blockBytes } },
  )
}

import { type BlockId, blockId, HotplugError, type NodeId, nodeId, physAddr } from '@memhp/core'
import {
  BLOCK_SIZE_FILE,
  blockDirectory,
  MEMORY_DIRECTORY,
  nodeFile,
  parseHex,
  TextFault,
} from '@memhp/kernel-files'
import { idsIn } from './nodes'
import { mapBounded, type Source } from './source'
import type { BlockContents, BlockInfo, BlockZones } from './topology'

/** What is known of the blocks before their directories are read. */
export interface BlockSurroundings {
  readonly blockBytes: number
  /** The blocks that each node's directory links to. */
  readonly linkedBlocks: ReadonlyMap<NodeId, readonly number[]>
  readonly contents: (block: BlockId) => BlockContents | undefined
  /** Whether each block's `online` is compared with its `state`. */
  readonly consistency: 'compared' | 'trusted'
}

/** A block's directory, listed once: only what it holds is asked for. */
interface BlockDirectory {
  readonly id: number
  readonly path: string
  readonly names: readonly string[]
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

/** What `valid_zones` reads. An online block's zone is the first: kernels before 4.13 add the zones that it could be moved to. */
function zonesOf(text: string | undefined, state: BlockInfo['state']): BlockZones {
  const names = text?.trim().split(/\s+/).filter(Boolean) ?? []
  const [first, ...others] = names
  if (first === undefined) return { kind: 'unknown' }
  if (first === 'none') return { kind: 'mixed' }
  // While it goes offline the kernel already answers as for an offline block.
  if (state !== 'online') return { kind: 'candidates', names }
  return { kind: 'in', name: first, ...(others.length === 0 ? {} : { mayMoveTo: others }) }
}

/** Which nodes link to each block. */
function nodesByBlock(
  linkedBlocks: BlockSurroundings['linkedBlocks'],
): ReadonlyMap<number, readonly NodeId[]> {
  const byBlock = new Map<number, NodeId[]>()
  for (const [node, blocks] of linkedBlocks) {
    for (const block of blocks) {
      const nodes = byBlock.get(block)
      if (nodes === undefined) byBlock.set(block, [node])
      else nodes.push(node)
    }
  }
  return byBlock
}

/** The nodes that a block links to and those that link to it: a kernel makes both links, a copy may have lost one side. */
function nodesOf(
  source: Source,
  { id, path, names }: BlockDirectory,
  linking: readonly NodeId[],
): readonly NodeId[] {
  const linked = idsIn(names, 'node').map(nodeId)
  if (linked.length === 0 || linking.join() === linked.join()) {
    return linking.toSorted((a, b) => a - b)
  }
  if (linking.length === 0) return linked
  const message = `memory${id} links to node ${linked.join()}, and the directories of nodes ${linking.join()} link to it.`
  source.note('contradiction', { path, message })
  return [...new Set([...linked, ...linking])].sort((a, b) => a - b)
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

/** A block's state; where `state` is absent or unreadable, what `online` reads. Undefined where the block went away since it was listed. */
async function readState(
  source: Source,
  directory: BlockDirectory,
): Promise<BlockInfo['state'] | undefined> {
  const path = `${directory.path}/state`
  const message = 'The state of the block is what `online` reads, or unknown.'
  if (directory.names.includes('state')) {
    const text = await textOf(source, directory, { name: 'state', meaning: message })
    const state = stateOf(text)
    if (state !== 'unknown') return state
    if (text !== undefined) source.note('malformed', { path, message })
    else if (!(await source.exists(directory.path))) return undefined
  } else source.note('absent', { path, message })
  return stateOfFlag(await readOnlineFlag(source, directory))
}

const stateOfFlag = (flag: string | undefined): BlockInfo['state'] =>
  flag === '1' ? 'online' : flag === '0' ? 'offline' : 'unknown'

async function readOnlineFlag(
  source: Source,
  directory: BlockDirectory,
): Promise<string | undefined> {
  const meaning = 'It is not compared with `state`.'
  return (await textOf(source, directory, { name: 'online', meaning }))?.trim()
}

/** Notes a block that is online by one of its files and offline by the other. */
async function compareState(
  source: Source,
  directory: BlockDirectory,
  state: BlockInfo['state'],
): Promise<void> {
  const path = `${directory.path}/online`
  const flag = stateOfFlag(await readOnlineFlag(source, directory))
  if (flag === 'unknown' || state === 'unknown' || state === 'going-offline' || flag === state)
    return
  const message = `It says ${flag}, and \`state\` reads ${state}: \`state\` is believed.`
  source.note('contradiction', { path, message })
}

/** What a file of a block reads; undefined where its directory does not list it. */
async function textOf(
  source: Source,
  { path, names }: BlockDirectory,
  { name, meaning }: { readonly name: string; readonly meaning: string },
): Promise<string | undefined> {
  return names.includes(name) ? source.optionalText(`${path}/${name}`, meaning) : undefined
}

/** Lists the directory of a block; undefined where it went away since it was named. */
async function listDirectory(source: Source, id: number): Promise<BlockDirectory | undefined> {
  const path = blockDirectory(id)
  const names = await source.optionalNames(path, 'The files of the block are unknown.')
  return names === undefined ? undefined : { id, path, names }
}

/** Reads the memory blocks, ascending. A block costs one listing and three files, however many there are. */
export async function readBlocks(
  source: Source,
  surroundings: BlockSurroundings,
): Promise<readonly BlockInfo[]> {
  const { blockBytes, linkedBlocks, contents, consistency } = surroundings
  const names = await source.names(MEMORY_DIRECTORY, 'There are no memory blocks.')
  const ids = withinNumbers(source, idsIn(names ?? [], 'memory'), blockBytes)
  const last = ids.at(-1)
  if (last === undefined) return []
  const linking = nodesByBlock(linkedBlocks)
  const physDeviceOf = await physDeviceFinder(source, blockDirectory(last))
  const listed = new Set<number>()

  const blocks = await mapBounded(ids, async (id): Promise<BlockInfo | undefined> => {
    // Its files are read right after, while the way to them is known.
    const directory = await listDirectory(source, id)
    if (directory === undefined) return undefined
    listed.add(id)
    const { path } = directory
    const state = await readState(source, directory)
    if (state === undefined) return undefined
    if (consistency === 'compared') await compareState(source, directory, state)
    const zones = await readZones(source, directory)
    const removable = await textOf(source, directory, {
      name: 'removable',
      meaning: 'What the kernel says of removing the block is unknown.',
    })
    const device = directory.names.includes('firmware_node')
      ? await source.link(`${path}/firmware_node`)
      : undefined
    return {
      id: blockId(id),
      start: physAddr(id * blockBytes),
      end: physAddr((id + 1) * blockBytes),
      state,
      zones: zonesOf(zones, state),
      nodes: nodesOf(source, directory, linking.get(id) ?? []),
      removable: removable === undefined ? null : removable.trim() === '1',
      device: device?.split('/').at(-1) ?? null,
      physDevice: await physDeviceOf(path),
      contents: contents(blockId(id)) ?? null,
    }
  })
  noteUnlisted(source, linkedBlocks, listed)
  return blocks.filter((block) => block !== undefined)
}

async function readZones(source: Source, directory: BlockDirectory): Promise<string | undefined> {
  const name = 'valid_zones'
  const message = 'The zone of the block is unknown.'
  if (!directory.names.includes(name))
    source.note('absent', { path: `${directory.path}/${name}`, message })
  return textOf(source, directory, { name, meaning: message })
}

/** Notes blocks that a node links to and that have no directory. */
function noteUnlisted(
  source: Source,
  linkedBlocks: BlockSurroundings['linkedBlocks'],
  listed: ReadonlySet<number>,
): void {
  for (const [node, blocks] of linkedBlocks) {
    for (const block of blocks) {
      if (listed.has(block)) continue
      const message = 'A node links to a block that is not listed: it is left out.'
      source.note('contradiction', { path: nodeFile(node, `memory${block}`), message })
    }
  }
}

/** Numbers of blocks that end within what a number of bytes holds; the others are noted. */
function withinNumbers(source: Source, ids: readonly number[], blockBytes: number): number[] {
  return ids.filter((id) => {
    if (Number.isSafeInteger((id + 1) * blockBytes)) return true
    const message =
      'It would end above 2^53 bytes, which no machine reaches: the block is left out.'
    source.note('contradiction', { path: blockDirectory(id), message })
    return false
  })
}

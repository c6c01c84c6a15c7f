import {
  type Awaitable,
  type BlockId,
  blockId,
  type FileTree,
  HotplugError,
  isHotplugError,
  type NodeId,
  physAddr,
} from '@memhp/core'
import { andThen } from '@memhp/core/plugin'
import {
  BLOCK_SIZE_FILE,
  blockDirectory,
  MEMORY_DIRECTORY,
  parseHex,
  TextFault,
} from '@memhp/kernel-files'
import {
  type BlockFile,
  type BlockFiles,
  blockFilesReader,
  hasFile,
  noteFile,
  readBlockFile,
  textOf,
} from './block-files'
import { idsIn } from './nodes'
import { isAbsence, mapBounded, type Source } from './source'
import type { BareBlock, BlockContents, BlockZones } from './topology'

/** What is known of the blocks before their directories are read. */
export interface BlockSurroundings {
  readonly blockBytes: number
  /** The blocks that each node's directory links to, nodes ascending. */
  readonly linkedBlocks: ReadonlyMap<NodeId, readonly number[]>
  readonly contents: (block: BlockId) => BlockContents | undefined
  /** Whether each block's `removable` is read. */
  readonly removable: 'read' | 'left out'
}

/** The blocks, and what they do not tell of how they were read. */
export interface BlockFacts {
  /** What stands beside them. */
  readonly names: readonly string[]
  /** Ascending. */
  readonly blocks: readonly BareBlock[]
  /** Those whose state is what `online` reads. */
  readonly stateByOnline: ReadonlySet<number>
}

/**
 * Bytes of a memory block.
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER, NOT_READABLE
 */
export async function readBlockBytes(tree: FileTree): Promise<number> {
  const path = BLOCK_SIZE_FILE
  const text = await readText(tree, path)
  const bytes = blockBytesOf(text)
  if (bytes > 0) return bytes
  throw new HotplugError(
    'BAD_NUMBER',
    'EINVAL',
    `${path} reads ${JSON.stringify(text)}, which is not a hexadecimal number of bytes.`,
    { detail: { path, text } },
  )
}

async function readText(tree: FileTree, path: string): Promise<string> {
  try {
    return await tree.read(path)
  } catch (error) {
    if (!isHotplugError(error) || !isAbsence(error)) throw error
    const message = `${path} is not there: the kernel has no memory hot-plug, or the tree holds no copy of it.`
    throw new HotplugError('NO_SUCH_FILE', 'ENOENT', message, { detail: { path }, cause: error })
  }
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

function stateOf(text: string | undefined): BareBlock['state'] {
  const word = text?.trim()
  return word === 'online' || word === 'offline' || word === 'going-offline' ? word : 'unknown'
}

/** What `valid_zones` reads. An online block's zone is the first: kernels before 4.13 add the zones that it could be moved to. */
function zonesOf(text: string, state: BareBlock['state']): BlockZones {
  const names = text.trim().split(/\s+/).filter(Boolean)
  const [first, ...others] = names
  if (first === undefined) return UNKNOWN_ZONES
  if (first === 'none') return { kind: 'mixed' }
  // While it goes offline the kernel already answers as for an offline block.
  if (state !== 'online') return { kind: 'candidates', names }
  return { kind: 'in', name: first, ...(others.length === 0 ? {} : { mayMoveTo: others }) }
}

const UNKNOWN_ZONES: BlockZones = { kind: 'unknown' }

/** Reads `valid_zones`, of which a machine has few different ones: each is one object, however many blocks have it. */
function zonesReader(): (text: string | undefined, state: BareBlock['state']) => BlockZones {
  const known = new Map<BareBlock['state'], Map<string, BlockZones>>()
  return (text, state) => {
    if (text === undefined) return UNKNOWN_ZONES
    const ofState = known.get(state) ?? new Map<string, BlockZones>()
    known.set(state, ofState)
    const zones = ofState.get(text) ?? zonesOf(text, state)
    ofState.set(text, zones)
    return zones
  }
}

/** Which nodes link to each block, ascending. Blocks of one node alone share a list. */
function nodesByBlock(
  linkedBlocks: BlockSurroundings['linkedBlocks'],
): ReadonlyMap<number, readonly NodeId[]> {
  const byBlock = new Map<number, readonly NodeId[]>()
  for (const [node, blocks] of linkedBlocks) {
    const alone = [node]
    for (const block of blocks) {
      const others = byBlock.get(block)
      byBlock.set(block, others === undefined ? alone : [...others, node])
    }
  }
  return byBlock
}

/** One list for all blocks. */
const NO_NODES: readonly NodeId[] = []

/** The nodes that a block links to and those that link to it: a kernel makes both links, a copy may have lost one side. */
function nodesOf(
  source: Source,
  { id, path, layout }: BlockFiles,
  linking: readonly NodeId[],
): readonly NodeId[] {
  const linked = layout.nodes
  if (linked.length === 0 || linking.join() === linked.join()) return linking
  if (linking.length === 0) return linked
  const message = `memory${id} links to node ${linked.join()}, and the directories of nodes ${linking.join()} link to it.`
  source.note('contradiction', { path, message })
  return [...new Set([...linked, ...linking])].sort((a, b) => a - b)
}

/** The state that `online` tells. */
export const stateOfFlag = (flag: string | undefined): BareBlock['state'] =>
  flag === '1' ? 'online' : flag === '0' ? 'offline' : 'unknown'

/** The state by `online` of a block whose `state` tells none. Undefined where the block went away since it was listed. */
async function stateByOnlineOf(
  source: Source,
  files: BlockFiles,
): Promise<BareBlock['state'] | undefined> {
  if (!files.isListed) return 'unknown'
  if (!hasFile(files, 'state')) noteFile(source, files, { name: 'state', kind: 'absent' })
  else if (textOf(files, 'state') !== undefined)
    noteFile(source, files, { name: 'state', kind: 'malformed' })
  else if (!(await source.exists(files.path))) return undefined
  if (!hasFile(files, 'online')) return 'unknown'
  const online = textOf(files, 'online') ?? (await readBlockFile(source, files.path, 'online'))
  return stateOfFlag(online?.trim())
}

/** Reads the memory blocks. A block costs one listing and two or three files, however many there are. */
export async function readBlocks(
  source: Source,
  surroundings: BlockSurroundings,
): Promise<BlockFacts> {
  const { blockBytes, linkedBlocks, contents } = surroundings
  const names = await source.names(MEMORY_DIRECTORY, 'There are no memory blocks.')
  const ids = withinNumbers(source, idsIn(names ?? [], 'memory'), blockBytes)
  const stateByOnline = new Set<number>()
  const wanted = new Set<BlockFile>(['state', 'valid_zones'])
  if (surroundings.removable === 'read') wanted.add('removable')
  const linking = nodesByBlock(linkedBlocks)
  const zones = zonesReader()

  const blockOf = (files: BlockFiles, state: BareBlock['state']): BareBlock => {
    const { id, device } = files
    const removable = textOf(files, 'removable')
    if (files.isListed && !hasFile(files, 'valid_zones'))
      noteFile(source, files, { name: 'valid_zones', kind: 'absent' })
    return {
      id: blockId(id),
      start: physAddr(id * blockBytes),
      end: physAddr((id + 1) * blockBytes),
      state,
      zones: zones(textOf(files, 'valid_zones'), state),
      nodes: nodesOf(source, files, linking.get(id) ?? NO_NODES),
      removable: removable === undefined ? null : removable.trim() === '1',
      device: device?.split('/').at(-1) ?? null,
      contents: contents(blockId(id)) ?? null,
    }
  }
  const readFiles = blockFilesReader(source, wanted)
  const readBlock = (id: number): Awaitable<BareBlock | undefined> =>
    andThen(readFiles(id), (files) => {
      if (files === undefined) return undefined
      const state = stateOf(textOf(files, 'state'))
      if (state !== 'unknown') return blockOf(files, state)
      return stateByOnlineOf(source, files).then((state) => {
        if (state === undefined) return undefined
        if (state !== 'unknown') stateByOnline.add(id)
        return blockOf(files, state)
      })
    })
  const blocks = await mapBounded(ids, readBlock)
  return {
    names: names ?? [],
    blocks: blocks.filter((block) => block !== undefined),
    stateByOnline,
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

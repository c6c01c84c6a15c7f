import { type BlockId, blockId, type NodeId, pfn } from '../address/brand'
import { firstEndingAbove } from '../address/interval-set'
import { type PfnRange, type Range, rangeSize } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { noteBlock } from '../machine/write-log'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { BlockTable } from '../model/state'

type Run = BlockTable['runs'][number]

/** Index of the run that holds the block, -1 where none does. */
function runIndexOf({ runs }: BlockTable, id: BlockId): number {
  const index = firstEndingAbove(runs, id)
  const run = runs[index]
  return run !== undefined && run.start <= id && Number.isInteger(id) ? index : -1
}

/** A block that was added: it is offline, and in no zone. */
export const addedBlock = (id: BlockId, nodeId: NodeId): MemoryBlock => ({
  id,
  nodeId,
  extraNodes: [],
  state: 'offline',
  zone: null,
  pendingType: 'offline',
  groupId: null,
  selfHostedPages: 0,
  withheldPages: 0,
  firmwareNode: null,
  early: false,
})

const bootBlock = (run: Run, id: BlockId): MemoryBlock => ({
  id,
  nodeId: run.nodeId,
  extraNodes: run.extraNodes,
  state: 'online',
  zone: run.zone,
  pendingType: 'offline',
  groupId: null,
  selfHostedPages: 0,
  withheldPages: 0,
  firmwareNode: null,
  early: true,
})

/** The block that a section belongs to, whether there is such a block or not. @alpha */
export const blockOfSection = ({ geometry }: Pick<Machine, 'geometry'>, nr: number): BlockId =>
  blockId(Math.floor(nr / geometry.sectionsPerBlock))

/** The block of this number, to look at only; undefined where there is none. @alpha */
export const findBlock = (machine: Machine, id: BlockId): Readonly<MemoryBlock> | undefined =>
  findBlockIn(machine.state.memory.blocks, id)

/** The same of a table of blocks, which may be an older one of the machine's. @alpha */
export function findBlockIn(table: BlockTable, id: BlockId): Readonly<MemoryBlock> | undefined {
  const touched = table.separated.get(id)
  if (touched !== undefined) return touched
  const run = table.runs[runIndexOf(table, id)]
  return run === undefined ? undefined : bootBlock(run, id)
}

/** The block of this number, to change. @throws HotplugError NO_SUCH_BLOCK (ENOENT) */
export function writableBlock(machine: Machine, id: BlockId): MemoryBlock {
  noteBlock(machine, id)
  const table = machine.state.memory.blocks
  const touched = table.separated.get(id)
  if (touched !== undefined) return touched
  const index = runIndexOf(table, id)
  const run = table.runs[index]
  if (run === undefined) {
    throw new HotplugError('NO_SUCH_BLOCK', 'ENOENT', `memory${id} does not exist.`, {
      detail: { block: id },
    })
  }
  const block = bootBlock(run, id)
  splitRun(table, index, id)
  table.separated.set(id, block)
  return block
}

function splitRun(table: BlockTable, index: number, id: BlockId): void {
  const run = table.runs[index]
  invariant(run, 'The run to split is there.')
  const parts: Run[] = []
  if (run.start < id) parts.push({ ...run, end: id })
  if (id + 1 < run.end) parts.push({ ...run, start: blockId(id + 1) })
  table.runs.splice(index, 1, ...parts)
}

/** Adds a block. @throws HotplugError BLOCK_EXISTS (EEXIST) */
export function addBlock(machine: Machine, block: MemoryBlock): void {
  const table = machine.state.memory.blocks
  if (findBlock(machine, block.id) !== undefined) {
    throw new HotplugError('BLOCK_EXISTS', 'EEXIST', `memory${block.id} exists already.`, {
      detail: { block: block.id },
    })
  }
  table.separated.set(block.id, block)
  noteBlock(machine, block.id)
}

/** Takes a block away. @returns what it was, undefined where there was none */
export function removeBlock(machine: Machine, id: BlockId): MemoryBlock | undefined {
  if (findBlock(machine, id) === undefined) return undefined
  const block = writableBlock(machine, id)
  machine.state.memory.blocks.separated.delete(id)
  return block
}

/** All block numbers, ascending. Costs as much as there are blocks: for listing only. @alpha */
export function blockIds(machine: Machine): BlockId[] {
  const { runs, separated } = machine.state.memory.blocks
  const ids = [...separated.keys()]
  for (const run of runs) for (let id: number = run.start; id < run.end; id++) ids.push(blockId(id))
  return ids.sort((a, b) => a - b)
}

/** Numbers of the blocks of a node, ascending. @alpha */
export function blockIdsOfNode(machine: Machine, node: NodeId): BlockId[] {
  const { runs, separated } = machine.state.memory.blocks
  const belongs = (block: { nodeId: NodeId; extraNodes: readonly NodeId[] }): boolean =>
    block.nodeId === node || block.extraNodes.includes(node)
  const ids: BlockId[] = []
  for (const block of separated.values()) if (belongs(block)) ids.push(block.id)
  for (const run of runs) {
    if (belongs(run)) for (let id: number = run.start; id < run.end; id++) ids.push(blockId(id))
  }
  return ids.sort((a, b) => a - b)
}

/**
 * Numbers of the blocks that a range of whole blocks covers, ascending, whether or not they are there. Bytes.
 * @alpha
 */
export function blockIdsOfRange(machine: Machine, range: Range): BlockId[] {
  const { blockBytes } = machine.geometry
  return Array.from({ length: rangeSize(range) / blockBytes }, (_, i) =>
    blockId(range.start / blockBytes + i),
  )
}

/**
 * The blocks of a range of whole blocks, ascending, to look at only. Bytes. Looks at as many blocks as the range or the
 * machine has, whichever are fewer.
 */
export function blocksOfRange(machine: Machine, range: Range): Readonly<MemoryBlock>[] {
  const { runs, separated } = machine.state.memory.blocks
  const { blockBytes } = machine.geometry
  const blockCount = runs.reduce((sum, run) => sum + rangeSize(run), separated.size)
  const isIn = (id: BlockId): boolean =>
    range.start <= id * blockBytes && id * blockBytes < range.end
  const ids =
    rangeSize(range) / blockBytes > blockCount
      ? blockIds(machine).filter(isIn)
      : blockIdsOfRange(machine, range)
  return ids.map((id) => findBlock(machine, id)).filter((block) => block !== undefined)
}

/** True if some block, online or not, records the node. @alpha */
export function nodeHasBlocks(machine: Machine, node: NodeId): boolean {
  const { runs, separated } = machine.state.memory.blocks
  if (runs.some((run) => run.nodeId === node)) return true
  for (const block of separated.values()) if (block.nodeId === node) return true
  return false
}

/** The page frames of a block. @alpha */
export function blockRange(machine: Machine, id: BlockId): PfnRange {
  const { pagesPerBlock } = machine.geometry
  return { start: pfn(id * pagesPerBlock), end: pfn((id + 1) * pagesPerBlock) }
}

/** Path of a block's device below /sys. */
export const blockDevice = (
  id: BlockId,
): { readonly devpath: string; readonly subsystem: string } => ({
  devpath: `/devices/system/memory/memory${id}`,
  subsystem: 'memory',
})

/** Binds a block to a firmware device: what `firmware_node` points at; null unbinds. @beta */
export function bindBlock(
  machine: Machine,
  binding: { readonly id: BlockId; readonly firmwareNode: string | null },
): void {
  writableBlock(machine, binding.id).firmwareNode = binding.firmwareNode
}

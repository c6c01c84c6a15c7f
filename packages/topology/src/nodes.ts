import { type BlockId, blockId, type NodeId, nodeId } from '@memhp/core'
import {
  MOST_CPUS,
  MOST_NODES,
  NODE_DIRECTORY,
  nodeDirectory,
  parseNumberList,
} from '@memhp/kernel-files'
import { bytesOf, readMeminfo } from './meminfo'
import { mapBounded, type Source } from './source'
import type { BareBlock, BareNode, NodeDistance } from './topology'

/** What is known of the nodes: of their directories first, then of the blocks. */
export interface NodeFacts {
  readonly nodes: readonly BareNode[]
  readonly possible: readonly NodeId[]
  /** Which of the lists of nodes the kernel shows. */
  readonly lists: readonly ('online' | 'possible')[]
}

const byNumber = (a: number, b: number): number => a - b

/** As the kernel prints numbers: `memory08` is none of its names, and would be memory8 for a second time. */
const DIGITS = /^(?:0|[1-9]\d*)$/

/** What holds numbers only is sorted without a call for each pair: of a large host there are half a million. */
const ascending = (ids: readonly number[]): readonly number[] =>
  ids.length < 2 ? ids : Array.from(Float64Array.from(ids).sort())

/** Ids in names like `memory12`, ascending. */
export function idsIn(names: readonly string[], prefix: string): readonly number[] {
  const ids: number[] = []
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    const digits = name.slice(prefix.length)
    if (DIGITS.test(digits)) ids.push(Number(digits))
  }
  return ascending(ids)
}

/** Reads a list of nodes in the directory of all. */
export async function numberList(
  source: Source,
  name: string,
  meaning: string,
): Promise<readonly number[] | undefined> {
  const path = `${NODE_DIRECTORY}/${name}`
  const text = await source.text(path, meaning)
  if (text === undefined) return undefined
  return source.parsed({ path, meaning }, () => parseNumberList(text, MOST_NODES))
}

async function readCpus(source: Source, path: string): Promise<readonly number[] | undefined> {
  const meaning = 'The CPUs of the node are unknown.'
  const text = await source.text(path, meaning)
  if (text === undefined) return undefined
  return source.parsed({ path, meaning }, () => parseNumberList(text, MOST_CPUS))
}

/** The kernel prints the distances to online nodes only, ascending. */
async function distancesOf(
  source: Source,
  path: string,
  online: readonly number[],
): Promise<readonly NodeDistance[]> {
  const text = await source.text(path, 'The distances between nodes are unknown.')
  if (text === undefined) return []
  const distances = text.trim().split(/\s+/).map(Number)
  if (distances.length === online.length && distances.every(Number.isInteger)) {
    return online.map((id, index) => ({ to: nodeId(id), distance: distances[index] ?? 0 }))
  }
  const message = 'It does not hold a distance for each online node: distances are unknown.'
  source.note('malformed', { path, message })
  return []
}

/**
 * Reads the NUMA nodes. Without node directories there are none yet: see `nodesOfBlocks`.
 */
export async function readNodes(source: Source): Promise<NodeFacts> {
  const names = await source.optionalNames(NODE_DIRECTORY, 'The nodes are unknown.')
  if (names === undefined) return { nodes: [], possible: [], lists: [] }
  const online = await numberList(source, 'online', 'Nodes with a directory count as online.')
  const directories = idsIn(names, 'node')
  const possible = await numberList(source, 'possible', 'Only present nodes count as possible.')
  const ids = [...new Set([...directories, ...(online ?? [])])].sort(byNumber)
  const nodes = await mapBounded(ids, async (id): Promise<BareNode> => {
    const directory = nodeDirectory(id)
    const meminfo = await readMeminfo(source, {
      path: `${directory}/meminfo`,
      meaning: 'Memory of the node is not counted.',
    })
    const cpus = await readCpus(source, `${directory}/cpulist`)
    const entries = await source.names(directory, 'The blocks of the node are not listed.')
    return {
      id: nodeId(id),
      online: (online ?? directories).includes(id),
      cpus: cpus ?? null,
      distances: await distancesOf(source, `${directory}/distance`, online ?? directories),
      memTotalBytes: bytesOf(meminfo, 'MemTotal') ?? null,
      memFreeBytes: bytesOf(meminfo, 'MemFree') ?? null,
      blocks: idsIn(entries ?? [], 'memory').map(blockId),
    }
  })
  return {
    nodes,
    possible: (possible ?? ids).map(nodeId),
    lists: [...(online ? (['online'] as const) : []), ...(possible ? (['possible'] as const) : [])],
  }
}

/** A node that nothing but blocks tells of. */
const nodeOfBlocks = (id: NodeId): BareNode => ({
  id,
  online: true,
  cpus: null,
  distances: [],
  memTotalBytes: null,
  memFreeBytes: null,
  blocks: [],
})

/**
 * The nodes with the blocks that belong to them, whichever side links to the other. Nodes that only blocks name are added: a
 * node with memory is online.
 */
export function nodesWithBlocks(
  { nodes, possible }: NodeFacts,
  blocks: readonly BareBlock[],
): Pick<NodeFacts, 'nodes' | 'possible'> {
  const blocksOf = new Map<NodeId, BlockId[]>(nodes.map(({ id }) => [id, []]))
  for (const block of blocks) {
    for (const node of block.nodes) {
      const own = blocksOf.get(node)
      if (own === undefined) blocksOf.set(node, [block.id])
      else own.push(block.id)
    }
  }
  const known = new Map(nodes.map((node) => [node.id, node]))
  const ids = [...blocksOf.keys()].sort(byNumber)
  return {
    nodes: ids.map((id) => ({
      ...(known.get(id) ?? nodeOfBlocks(id)),
      blocks: blocksOf.get(id) ?? [],
    })),
    possible: [...new Set([...possible, ...ids])].sort(byNumber),
  }
}

/** Notes nodes that have no directory. @param count of all nodes */
export function noteMissingNodes(
  source: Source,
  { nodes }: Pick<NodeFacts, 'nodes'>,
  count: number,
): void {
  const found = count - nodes.length
  if (found === 0 && nodes.length > 0) return
  const message =
    found > 0
      ? 'Nodes are those that the memory blocks name: their CPUs, distances and counters are unknown.'
      : 'No nodes are shown, and the memory blocks name none: a kernel without NUMA, or a copy without its nodes.'
  source.note('absent', { path: NODE_DIRECTORY, message })
}

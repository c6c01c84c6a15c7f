import { blockId, type NodeId, nodeId } from '@memhp/core'
import {
  MOST_CPUS,
  MOST_NODES,
  NODE_DIRECTORY,
  nodeDirectory,
  parseNumberList,
} from '@memhp/kernel-files'
import { bytesOf, readMeminfo } from './meminfo'
import { mapBounded, type Source } from './source'
import type { NodeDistance, NodeInfo } from './topology'

/** What the node directories tell, before anything else is known. */
export interface NodeFacts {
  readonly nodes: readonly NodeInfo[]
  readonly possible: readonly NodeId[]
}

const byNumber = (a: number, b: number): number => a - b

/** Ids in names like `memory12`, ascending. */
export const idsIn = (names: readonly string[], prefix: string): readonly number[] =>
  names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort(byNumber)

async function numberList(
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
 * Reads the NUMA nodes. A kernel without NUMA has no such directory: no nodes, and a note.
 */
export async function readNodes(source: Source): Promise<NodeFacts> {
  const names = await source.names(NODE_DIRECTORY, 'No NUMA: memory blocks belong to no node.')
  if (names === undefined) return { nodes: [], possible: [] }
  const online = await numberList(source, 'online', 'Nodes with a directory count as online.')
  const hasMemory = await numberList(source, 'has_memory', 'Which nodes have memory is unknown.')
  const hasNormal = await numberList(
    source,
    'has_normal_memory',
    'Which nodes have kernel memory is unknown.',
  )
  const directories = idsIn(names, 'node')
  const possible = await numberList(source, 'possible', 'Only present nodes count as possible.')
  const ids = [...new Set([...directories, ...(online ?? [])])].sort(byNumber)
  const nodes = await mapBounded(ids, async (id): Promise<NodeInfo> => {
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
      hasMemory: hasMemory?.includes(id) ?? null,
      hasNormalMemory: hasNormal?.includes(id) ?? null,
      distances: await distancesOf(source, `${directory}/distance`, online ?? directories),
      memTotalBytes: bytesOf(meminfo, 'MemTotal') ?? null,
      memFreeBytes: bytesOf(meminfo, 'MemFree') ?? null,
      blocks: idsIn(entries ?? [], 'memory').map(blockId),
    }
  })
  return { nodes, possible: (possible ?? ids).map(nodeId) }
}
